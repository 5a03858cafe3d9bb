import { encode } from '@msgpack/msgpack';
import { PACKED_ENCODING } from '@libs/domain';
import type { MetadataRecord } from '../records/metadata-records';

/** A submission as JSON, its vector as numbers or packed; the vector's text is made ahead and not parsed again. */
export function jsonBody({ fields, embedding }: MetadataRecord, form: 'json' | 'packed'): string {
  const vector = form === 'json' ? embedding.jsonNumbers() : packedText(embedding);
  const { eventId, model, ...rest } = fields;
  const first = JSON.stringify({ eventId, model }).slice(0, -1);
  return `${first},"embedding":${vector},${JSON.stringify(rest).slice(1)}`;
}

/** A submission in MessagePack, its vector as binary data. */
export function msgpackBody({ fields, embedding }: MetadataRecord): Buffer {
  const { eventId, model, ...rest } = fields;
  return Buffer.from(encode({ eventId, model, embedding: embedding.bytes(), ...rest }));
}

function packedText({ dimension, base64 }: MetadataRecord['embedding']): string {
  return `{"encoding":"${PACKED_ENCODING}","dimension":${dimension},"data":"${base64()}"}`;
}
