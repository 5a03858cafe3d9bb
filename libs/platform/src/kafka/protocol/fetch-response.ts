import { KafkaJSError, KafkaJSNonRetriableError } from 'kafkajs';
import fetch, { type FetchOptions, type FetchResponse } from 'kafkajs/src/protocol/requests/fetch';
import { ByteReader } from './byte-reader';
import type { FetchedMessage } from './fetched-message';
import { decodeRecordBatch, type DecodeBudget } from './record-batch';

/** The first version that carries record batches, and those that add a field. */
const FIRST_VERSION = 4;
const LOG_START_OFFSET = 5;
const SESSIONS = 7;
const THROTTLED_BY_CLIENT = 8;
const PREFERRED_REPLICA = 11;

/** Of the bytes that were asked for: what their messages may occupy, which are more where they were compressed or tiny. */
const MEMORY_PER_BYTE = 2;

/** Base offset and length stand before what the length counts; with the magic byte a batch has at least so many bytes. */
const BATCH_PREFIX_BYTES = 12;
const LEAST_BATCH_BYTES = 17;

type PartitionRequest = FetchOptions['topics'][number]['partitions'][number];
type Partition = FetchResponse['responses'][number]['partitions'][number];

const { protocol } = fetch;

/**
 * kafkajs reads headers into an object with a prototype, copies them all for each further one, and expands compressed
 * batches without a limit; from this call on its consumers read with `decodeFetchResponse`.
 */
export function registerFetchDecoder(): void {
  fetch.protocol = ({ version }) => {
    if (version < FIRST_VERSION) throw new KafkaJSNonRetriableError('Kafka before 0.11 is not supported');
    const original = protocol({ version });
    return (options) => {
      const { response, ...rest } = original(options);
      const decode = (bytes: Buffer): ReturnType<typeof decodeFetchResponse> =>
        decodeFetchResponse(bytes, version, options);
      return { ...rest, response: { ...response, decode } };
    };
  };
}

/**
 * What kafkajs' own decoder makes of a Fetch response, versions 4 to 11, but bounded in memory and time whatever the
 * records hold: what does not fit is fetched again.
 * Source: Kafka protocol guide, "Fetch API".
 */
async function decodeFetchResponse(
  bytes: Buffer,
  version: number,
  asked: FetchOptions,
): Promise<FetchResponse> {
  const reader = new ByteReader(bytes);
  const throttleTime = reader.int32();
  const session = version >= SESSIONS ? { errorCode: reader.int16(), sessionId: reader.int32() } : {};
  const budget: DecodeBudget = { leftBytes: MEMORY_PER_BYTE * asked.maxBytes };
  const responses: FetchResponse['responses'][number][] = [];
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topicName = reader.text(reader.int16());
    const partitions: Partition[] = [];
    for (let count = reader.int32(); count > 0; count--) {
      const { records, ...partition } = readPartition(reader, version);
      const request = requestOf(asked, topicName, partition.partition);
      partitions.push({ ...partition, messages: await decodeRecords(records, request, budget) });
    }
    responses.push({ topicName, partitions });
  }
  // From version 8 on the broker leaves it to the client to wait; kafkajs would wait besides.
  const throttle =
    version >= THROTTLED_BY_CLIENT
      ? { throttleTime: 0, clientSideThrottleTime: throttleTime }
      : { throttleTime };
  return { ...throttle, ...session, responses };
}

function readPartition(
  reader: ByteReader,
  version: number,
): Omit<Partition, 'messages'> & { readonly records: Buffer } {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = String(reader.int64());
  const lastStableOffset = String(reader.int64());
  const lastStartOffset = version >= LOG_START_OFFSET ? { lastStartOffset: String(reader.int64()) } : {};
  const abortedTransactions = Array.from({ length: Math.max(reader.int32(), 0) }, () => ({
    producerId: String(reader.int64()),
    firstOffset: String(reader.int64()),
  }));
  const replica = version >= PREFERRED_REPLICA ? { preferredReadReplica: reader.int32() } : {};
  const records = reader.take(Math.max(reader.int32(), 0));
  const offsets = { highWatermark, lastStableOffset, ...lastStartOffset };
  return { partition, errorCode, ...offsets, abortedTransactions, ...replica, records };
}

function requestOf({ topics }: FetchOptions, topicName: string, partition: number): PartitionRequest {
  // kafkajs names a topic once for each run of its partitions.
  const partitions = topics.flatMap((one) => (one.topic === topicName ? one.partitions : []));
  const found = partitions.find((one) => one.partition === partition);
  if (!found)
    throw new KafkaJSError(`Kafka sent records of ${topicName}/${partition}, which nobody asked for`);
  return found;
}

async function decodeRecords(
  records: Buffer,
  { fetchOffset, maxBytes }: PartitionRequest,
  response: DecodeBudget,
): Promise<FetchedMessage[]> {
  const granted = Math.min(response.leftBytes, MEMORY_PER_BYTE * maxBytes);
  const budget: DecodeBudget = { leftBytes: granted };
  const batches: FetchedMessage[][] = [];
  for (let at = 0; budget.leftBytes > 0 && records.length - at >= LEAST_BATCH_BYTES;) {
    const size = BATCH_PREFIX_BYTES + records.readInt32BE(at + BATCH_PREFIX_BYTES - 4);
    if (size < LEAST_BATCH_BYTES) throw new KafkaJSError(`Kafka sent a record batch of ${size} bytes`);
    if (size > records.length - at) break; // the broker cuts the last one off
    batches.push(await decodeRecordBatch(records.subarray(at, at + size), BigInt(fetchOffset), budget));
    at += size;
  }
  response.leftBytes -= granted - budget.leftBytes;
  return batches.flat();
}
