import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { GPU_METADATA_TOPIC, GPU_METRICS_TOPIC } from '@libs/contracts';
import type { LineageRecords } from '../records/lineage-records';
import type { MetadataRecords } from '../records/metadata-records';
import type { LoadSettings } from '../settings';
import { jsonBody, msgpackBody } from './record-bodies';

/** The fastest level: of vectors nothing much is to be had anyway. */
const GZIP_LEVEL = 1;
const compressors = {
  gzip: (body: Buffer) => promisify<Buffer, object, Buffer>(gzip)(body, { level: GZIP_LEVEL }),
  zstd: promisify<Buffer, Buffer>(zstdCompress),
};

/** A POST ready to be sent. */
export interface HttpRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** By which the answer names the records, in order. */
  readonly ids: readonly string[];
}

type Form = Pick<LoadSettings, 'topic' | 'encoding' | 'compression' | 'batch'>;

/** Where records of each topic are posted. */
export function pathOf({ topic, batch }: Pick<Form, 'topic' | 'batch'>): string {
  if (topic === GPU_METADATA_TOPIC) return batch > 1 ? '/v1/metadata/batch' : '/v1/metadata';
  return topic === GPU_METRICS_TOPIC ? '/v1/gpu-metrics' : '/v1/token-usage';
}

/** Makes the requests of a run. */
export class HttpRequests {
  private readonly path: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(
    private readonly records: MetadataRecords | LineageRecords,
    private readonly form: Form,
  ) {
    this.path = pathOf(form);
    const { encoding, compression, batch } = form;
    const mediaType =
      batch > 1 ? 'application/x-ndjson' : `application/${encoding === 'msgpack' ? 'msgpack' : 'json'}`;
    this.headers = {
      'content-type': mediaType,
      ...(compression !== 'none' && { 'content-encoding': compression }),
    };
  }

  async of(indices: readonly number[]): Promise<HttpRequest> {
    const { path, headers } = this;
    const { compression } = this.form;
    const made = indices.map((index) => this.recordAt(index));
    const plain =
      made.length === 1 ? made[0]!.body : Buffer.from(made.map(({ body }) => body.toString()).join('\n'));
    const body = compression === 'none' ? bytesOf(plain) : await compressors[compression](bytesOf(plain));
    return { path, headers, body, ids: made.map(({ id }) => id) };
  }

  private recordAt(index: number): { id: string; body: string | Buffer } {
    const { records, form } = this;
    if ('topic' in records) {
      const { id, fields } = records.at(index);
      return { id, body: form.encoding === 'msgpack' ? Buffer.from(encode(fields)) : JSON.stringify(fields) };
    }
    const record = records.at(index);
    const body = form.encoding === 'msgpack' ? msgpackBody(record) : jsonBody(record, form.encoding);
    return { id: record.fields.eventId, body };
  }
}

function bytesOf(body: string | Buffer): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : body;
}
