import { encodeRecord, readSubmission, type EncodedRecord } from '@libs/contracts';
import type { AcceptedMetadata, MetadataSubmission, PackedEmbedding } from '@libs/domain';
import {
  eventIdOf,
  recordOf,
  recordText,
  vectorOf,
  vectorsPerConnection,
  type LoadShape,
} from '../ingest/records';

const connections = 32;
/** Tells these records from those of any round of ingest. */
const round = 0xffff_0001;

/** What records are made of; it repeats. */
interface Source {
  readonly submission: MetadataSubmission;
  readonly vector: Float32Array;
}

/** The records that every sink is given: so many, with vectors of so many values. */
export class SinkRecords {
  private readonly shape: LoadShape;
  private readonly sources = new Map<string, Source>();

  constructor(
    readonly count: number,
    dimension: number,
  ) {
    this.shape = { form: 'packed', dimension, connections, batchSize: 1 };
  }

  idAt(index: number): string {
    return eventIdOf(round, this.shape, index % connections, Math.floor(index / connections));
  }

  /** The place of an id among the records; undefined where it is none of them. */
  indexOf(eventId: string): number | undefined {
    const { connection, sequence } = recordOf(eventId, this.shape);
    const index = sequence * connections + connection;
    return index < this.count && this.idAt(index) === eventId ? index : undefined;
  }

  /** The event as the worker reads it. */
  eventAt(index: number, acceptedAt: Date): AcceptedMetadata {
    return { ...this.acceptedAt(index, acceptedAt), embedding: this.sourceOf(index).vector };
  }

  /** What processor-api publishes for it. */
  recordAt(index: number, acceptedAt: Date): EncodedRecord {
    return encodeRecord(this.acceptedAt(index, acceptedAt));
  }

  /** The bytes of its vector, little-endian float32. */
  embeddingAt(index: number): Buffer {
    return Buffer.from(this.sourceOf(index).vector.buffer);
  }

  private acceptedAt(index: number, acceptedAt: Date): AcceptedMetadata<PackedEmbedding> {
    const { submission } = this.sourceOf(index);
    return { ...submission, eventId: this.idAt(index), acceptedAt, producer: { keyId: null } };
  }

  private sourceOf(index: number): Source {
    const place = placeOf(index);
    const name = place.join(':');
    const known = this.sources.get(name);
    if (known) return known;
    const body = Buffer.from(recordText(this.shape, ...place));
    const submission = readSubmission(body, { now: new Date() });
    const source = { submission, vector: vectorOf(this.shape.dimension, ...place) };
    this.sources.set(name, source);
    return source;
  }
}

/** Whose body it has in the load of ingest. */
function placeOf(index: number): [connection: number, sequence: number] {
  return [index % connections, Math.floor(index / connections) % vectorsPerConnection];
}
