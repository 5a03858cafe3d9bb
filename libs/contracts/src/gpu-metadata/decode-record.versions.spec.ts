import { UnreadableRecord, type DeliveredMetadata } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { decodeThreeVersions, encodedRecord, rawRecord, RecordV3Dto, TO_V2, TO_V3 } from '../testing';
import { decodeRecord, recordDecoder } from './decode-record';
import type { Upcaster } from './record.dto';

type Json = Record<string, unknown>;

const EVENT = acceptedMetadata({ producer: { keyId: null } });
const ENCODED = encodedRecord(EVENT);
const V1 = JSON.parse(ENCODED.value.toString()) as Json;
const V2 = { ...V1, schemaVersion: 2, producer: { keyId: 'colab' } };
const V3 = { ...V2, schemaVersion: 3, model: 'torchvision/resnet50' };

const decode = (value: Json, decoder = decodeThreeVersions): DeliveredMetadata =>
  decoder(rawRecord(ENCODED, { value: Buffer.from(JSON.stringify(value)) }));

function refusalOf(value: Json, decoder = decodeThreeVersions): UnreadableRecord | undefined {
  try {
    decode(value, decoder);
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableRecord);
    return error as UnreadableRecord;
  }
  return undefined;
}

describe(recordDecoder.name, () => {
  it('takes a record of any version through the chain to the current one', () => {
    const changed = { model: 'torchvision/resnet50', producer: { keyId: 'anonymous' } };
    expect(decode(V1).metadata).toEqual({ ...EVENT, ...changed });
    const keyed = { ...EVENT, ...changed, producer: { keyId: 'colab' } };
    expect([V2, V3].map((value) => decode(value).metadata)).toEqual([keyed, keyed]);
  });

  it('validates what the chain made as the current version', () => {
    expect(refusalOf({ ...V3, producer: {} })).toMatchObject({
      code: 'invalid_record',
      message: '/producer/keyId required: is missing',
    });
    expect(refusalOf({ ...V1, tags: 7 })?.message).toMatch(/^\/tags wrong_type/);
  });

  it('does not guess what a later schemaVersion means', () => {
    expect(refusalOf({ ...V3, schemaVersion: 4 })).toMatchObject({
      code: 'unknown_schema_version',
      message: 'this worker knows schemaVersion 1 to 3; got 4: upgrade the worker, then replay',
    });
  });

  it.each([0, -1, 1.5, '1', null])('takes no upcaster for schemaVersion %j', (schemaVersion) => {
    expect(refusalOf({ ...V3, schemaVersion })).toMatchObject({
      code: 'invalid_record',
      message: expect.stringMatching(/^\/schemaVersion /),
    });
  });

  it('refuses the one record whose value an upcaster cannot take on', () => {
    const fragile: Upcaster = (value) => ({ ...value, model: (value.model as string).toLowerCase() });
    const decoder = recordDecoder(RecordV3Dto, [TO_V2, fragile]);
    expect(refusalOf({ ...V1, model: 7 }, decoder)).toMatchObject({
      code: 'invalid_record',
      message: 'cannot be taken from schemaVersion 2 to 3',
      cause: expect.any(TypeError),
    });
  });

  it('leaves the value it was given as it is', () => {
    const value = structuredClone(V1);
    [TO_V2, TO_V3].reduce<Json>((one, upcaster) => upcaster(one), value);
    expect(value).toEqual(V1);
  });

  it('reads, once upgraded, the record that today sends to the dead letters', () => {
    expect(refusalOf(V2, decodeRecord)).toMatchObject({
      code: 'unknown_schema_version',
      message: 'this worker knows schemaVersion 1 to 1; got 2: upgrade the worker, then replay',
    });
    expect(decode(V2).metadata.eventId).toBe(EVENT.eventId);
  });
});
