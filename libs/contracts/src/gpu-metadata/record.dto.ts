import { Integer, Nested, Optional, Text, Timestamp } from '../validation/rules';
import { SubmissionDto } from './submission.dto';

export const SCHEMA_VERSION = 1;
const KEY_ID_CHARACTERS = 128;

/** `producer` of a record. */
export class ProducerDto {
  @Optional()
  @Text(1, KEY_ID_CHARACTERS)
  keyId?: string;
}

/** The value of a record on `gpu-metadata`: a submission with what the API added. */
export class RecordDto extends SubmissionDto {
  @Integer(SCHEMA_VERSION, SCHEMA_VERSION)
  schemaVersion!: number;

  @Timestamp()
  acceptedAt!: string;

  @Nested(ProducerDto)
  producer!: ProducerDto;
}
