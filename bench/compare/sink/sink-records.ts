import { encodeRecord, parseSubmission, type EncodedRecord } from '@libs/contracts';
import type { AcceptedMetadata, MetadataSubmission } from '@libs/domain';
import { eventIdOf, recordOf, recordText, vectorsPerConnection, type LoadShape } from '../ingest/records';

const connections = 32;
/** Tells these records from those of any round of ingest. */
const round = 0xffff_0001;

/** The records that every sink is given: so many, with vectors of so many values. */
export class SinkRecords {
  private readonly shape: LoadShape;
  private readonly submissions = new Map<string, MetadataSubmission>();

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

  /** What processor-api accepts when the body is sent. */
  eventAt(index: number, acceptedAt: Date): AcceptedMetadata {
    const submission = this.submissionAt(index);
    return { ...submission, eventId: this.idAt(index), acceptedAt, producer: { keyId: null } };
  }

  /** What processor-api publishes for it. */
  recordAt(index: number, acceptedAt: Date): EncodedRecord {
    return encodeRecord(this.eventAt(index, acceptedAt));
  }

  /** The bytes of its vector, little-endian float32. */
  embeddingAt(index: number): Buffer {
    const { buffer, byteOffset, byteLength } = this.submissionAt(index).embedding;
    return Buffer.from(buffer, byteOffset, byteLength);
  }

  private submissionAt(index: number): MetadataSubmission {
    const connection = index % connections;
    const sequence = Math.floor(index / connections) % vectorsPerConnection;
    const name = `${connection}:${sequence}`;
    const known = this.submissions.get(name);
    if (known) return known;
    const body: unknown = JSON.parse(recordText(this.shape, connection, sequence));
    const submission = parseSubmission(body, { now: new Date() });
    this.submissions.set(name, submission);
    return submission;
  }
}
