import { recordDecoder } from '../gpu-metadata/decode-record';
import { RecordDto, type Upcaster } from '../gpu-metadata/record.dto';
import { Integer, Nested, Text } from '../validation/rules';
import { isJsonObject } from '../validation/violations';

/** `producer` from version 2 on: nobody writes without a key. */
class KeyedProducerDto {
  @Text(1, 128)
  keyId!: string;
}

/** An example of a version that does not exist: every record has a key id, and a model its publisher. */
export class RecordV3Dto extends RecordDto {
  @Integer(3, 3)
  override schemaVersion = 3;

  @Nested(KeyedProducerDto)
  override producer = new KeyedProducerDto();
}

/** Version 1 to 2: a record of an API without keys is `anonymous`. */
export const TO_V2: Upcaster = (value) =>
  isJsonObject(value.producer)
    ? { ...value, producer: { ...value.producer, keyId: value.producer.keyId ?? 'anonymous' } }
    : value;

/** Version 2 to 3: a model names its publisher. */
export const TO_V3: Upcaster = (value) =>
  typeof value.model === 'string' ? { ...value, model: `torchvision/${value.model}` } : value;

/** A worker that knows three versions. */
export const decodeThreeVersions = recordDecoder(RecordV3Dto, [TO_V2, TO_V3]);
