import { Integer, Nested, Optional, Text, Timestamp } from '../validation/rules';
import { SubmissionDto } from './submission.dto';

export const SCHEMA_VERSION = 1;

/** The value of a record as its producer wrote it; nothing of it is checked yet. */
export type RecordValue = Readonly<Record<string, unknown>>;

/**
 * Takes the value of one version to the next; `schemaVersion` is counted up by the chain. Keep it total: what it
 * cannot read it passes on for the current version's rules to refuse.
 */
export type Upcaster = (value: RecordValue) => RecordValue;

/**
 * The first takes version 1 to 2, and so on up to the current version. None is ever removed: retention, archive
 * and dead letters can bring a record of any version back (docs/schema-evolution.md).
 */
export const UPCASTERS: readonly Upcaster[] = [];

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
