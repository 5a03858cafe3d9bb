import { ByteReader, MalformedBytes } from './byte-reader';
import { decompress } from './decompress';
import type { FetchedMessage, UnreadPart } from './fetched-message';
import type { Expanded } from './lz-formats';
import {
  MESSAGE_BYTES,
  partOf,
  readContent,
  withOwnBytes,
  type Headers,
  type Message,
} from './message-content';

/** What one compressed batch may expand to; a producer's batch is at most a few MiB. */
export const MAX_EXPANDED_BYTES = 16 * 1024 * 1024;
/** Four times what any topic of ours takes; larger records come out of compressed batches only. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;
/** So many unread records of a batch are messages of their own; the last of them stands for the rest. */
export const MAX_UNREAD_MESSAGES = 1_000;

const HEAD_BYTES = 61;
const MAGIC_AT = 16;
const MAGIC = 2;
const CODEC_BITS = 0b111;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const TOO_LARGE: Why = {
  code: 'too_large_to_read',
  reason: `it is larger than ${MAX_RECORD_BYTES} bytes`,
};

type Why = Pick<UnreadPart, 'code' | 'reason'>;

/** How much of a fetch becomes messages: more are made while bytes are left. */
export interface DecodeBudget {
  leftBytes: number;
}

interface BatchHead {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly attributes: number;
  readonly firstTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly batchContext: FetchedMessage['batchContext'];
  readonly count: number;
}

/**
 * The messages of a record batch from `fetchOffset` on, as far as `budget` goes: the next fetch brings the rest. Anybody
 * may have written the batch, so nothing in it is an error: records that cannot be read are messages that tell why, and
 * the offset of the last message leads past the batch, whatever the batch says of itself.
 * Source: Kafka protocol guide, "Record Batch".
 *
 * @param batch all of its bytes, from the base offset on
 */
export async function decodeRecordBatch(
  batch: Buffer,
  fetchOffset: bigint,
  budget: DecodeBudget,
): Promise<FetchedMessage[]> {
  const head = readHead(batch);
  const records = batch.subarray(HEAD_BYTES);
  const codec = head.attributes & CODEC_BITS;
  if (codec === 0) return readRecords(head, { bytes: records, end: 'whole' }, { fetchOffset, budget });
  return inTurn(async () => {
    scratch ??= Buffer.allocUnsafeSlow(MAX_EXPANDED_BYTES);
    const messages = readRecords(head, await decompress(codec, records, scratch), { fetchOffset, budget });
    return messages.map((message) => (message.unread ? message : withOwnBytes(message)));
  });
}

/** What a compressed batch expands to, until the next one is. */
let scratch: Buffer | undefined;
let turn: Promise<unknown> = Promise.resolve();

function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const result = turn.then(work);
  turn = result.catch(() => undefined);
  return result;
}

interface Wanted {
  readonly fetchOffset: bigint;
  readonly budget: DecodeBudget;
}

function readRecords(head: BatchHead, { bytes, end }: Expanded, { fetchOffset, budget }: Wanted): Message[] {
  const reader = new ByteReader(bytes);
  const messages: Message[] = [];
  let next = head.baseOffset;
  try {
    for (let index = 0; index < head.count; index++) {
      if (budget.leftBytes <= 0) return messages;
      const { offset, message, spentBytes } = readRecord(reader, index, { head, fetchOffset, end });
      if (offset < next || offset > head.lastOffset) throw new MalformedBytes('an offset is out of order');
      next = offset + 1n;
      if (message) messages.push(message);
      budget.leftBytes -= spentBytes;
    }
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
    const from = next > fetchOffset ? next : fetchOffset;
    if (!isControl(head)) messages.push(...unreadMessages(head, from, unreadAfter(end)));
  }
  // Behind the last record may be a hole that compaction left, or records that one message stands for.
  const isPassed = head.lastOffset < fetchOffset || messages.at(-1)?.offset === String(head.lastOffset);
  return isPassed ? messages : [...messages, mark(head)];
}

function readHead(batch: Buffer): BatchHead {
  const reader = new ByteReader(batch);
  const baseOffset = reader.int64();
  // Message sets of Kafka before 0.11 begin alike; no broker that is supported holds any.
  if (batch[MAGIC_AT] !== MAGIC || batch.length < HEAD_BYTES) return brokenHead(baseOffset);
  reader.pass(13); // length, leader's epoch, magic and checksum
  const attributes = reader.int16();
  const lastOffset = baseOffset + BigInt(Math.max(reader.int32(), 0));
  const firstTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const producerId = String(reader.int64());
  reader.pass(6); // producer's epoch and base sequence
  const count = reader.int32();
  const batchContext = { producerId, inTransaction: (attributes & TRANSACTIONAL) !== 0 };
  return { baseOffset, lastOffset, attributes, firstTimestamp, maxTimestamp, batchContext, count };
}

/** Of one record, which cannot be read: its codec is none that Kafka has. */
function brokenHead(baseOffset: bigint): BatchHead {
  const batchContext = { producerId: '-1', inTransaction: false };
  const nothing = { attributes: CODEC_BITS, firstTimestamp: 0n, maxTimestamp: 0n, batchContext };
  return { ...nothing, baseOffset, lastOffset: baseOffset, count: 1 };
}

interface RecordContext {
  readonly head: BatchHead;
  readonly fetchOffset: bigint;
  /** How the bytes of the batch end. */
  readonly end: Expanded['end'];
}

/**
 * The next record, without a message where it was fetched before.
 *
 * @throws MalformedBytes where not even its offset can be told
 */
function readRecord(
  reader: ByteReader,
  index: number,
  { head, fetchOffset, end }: RecordContext,
): { readonly offset: bigint; readonly message?: Message; readonly spentBytes: number } {
  const length = reader.varint();
  const batchEnd = reader.end;
  const recordBytes = Math.min(Math.max(length, 0), reader.left);
  const recordEnd = reader.position + recordBytes;
  reader.end = recordEnd;
  try {
    const attributes = reader.bytes[reader.pass(1)]!;
    const timestampDelta = reader.varlong();
    const offsetDelta = reader.varint();
    // A broker does not look at what a producer wrote here; only what compaction made sparse needs it.
    const offset = head.baseOffset + BigInt(isDense(head) ? index : offsetDelta);
    if (offset < fetchOffset) return { offset, spentBytes: 0 };
    const message = emptyMessage(head, offset);
    message.attributes = attributes;
    if ((head.attributes & LOG_APPEND_TIME) === 0) {
      message.timestamp = String(BigInt.asIntN(64, head.firstTimestamp + timestampDelta));
    }
    message.bytes += recordBytes;
    const reason = readContent(reader, message);
    const why =
      recordBytes < length ? unreadAfter(end) : recordBytes > MAX_RECORD_BYTES ? TOO_LARGE : brokenBy(reason);
    const spentBytes = message.bytes;
    return { offset, spentBytes, message: why ? partOf(message, { ...why, lastOffset: offset }) : message };
  } finally {
    reader.end = batchEnd;
    reader.position = recordEnd;
  }
}

function isDense({ baseOffset, lastOffset, count }: BatchHead): boolean {
  return lastOffset - baseOffset === BigInt(count - 1);
}

function unreadAfter(end: Expanded['end']): Why {
  return end === 'cut'
    ? { code: 'too_large_to_read', reason: `its batch expands to more than ${MAX_EXPANDED_BYTES} bytes` }
    : { code: 'undecodable_record', reason: 'the bytes of its batch cannot be decoded' };
}

function brokenBy(reason: string | undefined): Why | undefined {
  return reason === undefined ? undefined : { code: 'undecodable_record', reason };
}

function* unreadMessages(head: BatchHead, from: bigint, why: Why): Generator<Message> {
  for (let offset = from; offset <= head.lastOffset; offset++) {
    const isLast = offset - from === BigInt(MAX_UNREAD_MESSAGES - 1);
    const lastOffset = isLast ? head.lastOffset : offset;
    yield { ...emptyMessage(head, offset), unread: { ...why, lastOffset } };
    if (isLast) return;
  }
}

/** kafkajs keeps it from the application and moves on past it. */
function mark(head: BatchHead): Message {
  return { ...emptyMessage(head, head.lastOffset), isControlRecord: true };
}

function emptyMessage(head: BatchHead, offset: bigint): Message {
  return {
    offset: String(offset),
    timestamp: String(head.maxTimestamp),
    attributes: 0,
    key: null,
    value: null,
    headers: Object.create(null) as Headers,
    isControlRecord: isControl(head),
    batchContext: head.batchContext,
    bytes: MESSAGE_BYTES,
  };
}

function isControl({ attributes }: BatchHead): boolean {
  return (attributes & CONTROL) !== 0;
}
