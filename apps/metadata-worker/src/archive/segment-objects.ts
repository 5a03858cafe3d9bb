import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeRecord } from '@libs/contracts';
import { UnreadableRecord, type ArchiveObject, type DeliveredMetadata, type RawRecord } from '@libs/domain';
import { enrichedLine, gzipLines, rawLine } from './archive-lines';
import { npyOf } from './npy';

export const ARCHIVE_KINDS = ['raw', 'enriched', 'embeddings'] as const;
export type ArchiveKind = (typeof ARCHIVE_KINDS)[number];

export interface ArchiveContent {
  readonly kinds: readonly ArchiveKind[];
  readonly pipelineTags: readonly string[];
}

/** Decoding these takes a few milliseconds; between them others have their turn. */
const RECORDS_PER_TURN = 64;

/**
 * The objects of one segment, each made when it is asked for: raw, then embeddings, and enriched last, so that no
 * enriched line names an object that is not there. Empties the array as it goes: a segment is large.
 */
export async function* segmentObjects(
  records: RawRecord[],
  { kinds, pipelineTags }: ArchiveContent,
): AsyncGenerator<ArchiveObject> {
  const names = new ObjectNames(records[0]!);
  if (kinds.includes('raw')) yield { name: names.raw, content: await gzipLines(rawLines(records)) };
  const keepsEmbeddings = kinds.includes('embeddings');
  if (!kinds.includes('enriched') && !keepsEmbeddings) return;

  const vectors = new Map<number, Float32Array[]>();
  const lines: string[] = [];
  records.reverse();
  for (let record = records.pop(); record; record = records.pop()) {
    if (records.length % RECORDS_PER_TURN === 0) await nextTurn();
    const delivered = tryDecode(record);
    if (!delivered) continue;
    const { embedding } = delivered.metadata;
    const rows = vectors.get(embedding.length) ?? [];
    vectors.set(embedding.length, rows);
    const location = { object: names.embeddings(embedding.length), row: rows.length };
    if (keepsEmbeddings) rows.push(embedding);
    lines.push(
      enrichedLine({ record, delivered, location: keepsEmbeddings ? location : undefined }, pipelineTags),
    );
  }
  for (const dimension of keepsEmbeddings ? [...vectors.keys()] : []) {
    yield { name: names.embeddings(dimension), content: npyOf(taken(vectors, dimension)) };
  }
  if (kinds.includes('enriched') && lines.length > 0) {
    yield { name: names.enriched, content: await gzipLines(lines) };
  }
}

/** Names of a segment's objects, from its first record alone: a retry from the same offset finds its own again. */
class ObjectNames {
  readonly raw: string;
  readonly enriched: string;
  private readonly folder: string;
  private readonly base: string;

  constructor({ position, timestamp }: RawRecord) {
    const [date, time] = timestamp.toISOString().split('T') as [string, string];
    this.folder = `dt=${date}/hour=${time.slice(0, 2)}`;
    this.base = `${position.topic}-${position.partition}-${position.offset}`;
    this.raw = `raw/${this.folder}/${this.base}.ndjson.gz`;
    this.enriched = `enriched/${this.folder}/${this.base}.ndjson.gz`;
  }

  embeddings(dimension: number): string {
    return `embeddings/${this.folder}/${this.base}-d${dimension}.npy`;
  }
}

function* rawLines(records: readonly RawRecord[]): Generator<string> {
  for (const record of records) yield rawLine(record);
}

/** Nothing else refers to the vectors once they are an object. */
function taken(vectors: Map<number, Float32Array[]>, dimension: number): Float32Array[] {
  const rows = vectors.get(dimension)!;
  vectors.delete(dimension);
  return rows;
}

function tryDecode(record: RawRecord): DeliveredMetadata | undefined {
  try {
    return decodeRecord(record);
  } catch (error) {
    if (error instanceof UnreadableRecord) return undefined;
    throw error;
  }
}
