import { once } from 'node:events';
import { connect } from 'node:net';

const PRODUCE = 0;
const VERSION = 7;
const ALL_REPLICAS = -1;
const TIMEOUT_MS = 10_000;
const CLIENT = 'raw';

/**
 * Sends record batches as they are to the partition's leader, in one request for each; answers Kafka's error code and
 * the base offset for each. Source: Kafka protocol guide, "Produce API" version 7.
 */
export async function rawProduce(
  broker: string,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  batches: readonly Buffer[],
): Promise<{ readonly error: number; readonly baseOffset: bigint }[]> {
  const [host, port] = broker.split(':');
  const socket = connect({ host, port: Number(port) });
  try {
    await once(socket, 'connect');
    const chunks = socket.iterator() as AsyncIterator<Buffer, undefined>;
    const answers: { error: number; baseOffset: bigint }[] = [];
    for (const batch of batches) {
      socket.write(request(topic, partition, batch));
      answers.push(readAnswer(await nextResponse(chunks), topic));
    }
    return answers;
  } finally {
    socket.destroy();
  }
}

function request(topic: string, partition: number, batch: Buffer): Buffer {
  const fields = Buffer.concat([
    int16(PRODUCE),
    int16(VERSION),
    int32(0), // correlation id
    string(CLIENT),
    int16(-1), // no transaction
    int16(ALL_REPLICAS),
    int32(TIMEOUT_MS),
    int32(1), // topics
    string(topic),
    int32(1), // partitions
    int32(partition),
    int32(batch.length),
    batch,
  ]);
  return Buffer.concat([int32(fields.length), fields]);
}

/** Correlation id, topics, the topic's name, partitions and the partition stand before the error. */
function readAnswer(response: Buffer, topic: string): { error: number; baseOffset: bigint } {
  const at = 4 + 4 + 2 + Buffer.byteLength(topic) + 4 + 4;
  return { error: response.readInt16BE(at), baseOffset: response.readBigInt64BE(at + 2) };
}

async function nextResponse(chunks: AsyncIterator<Buffer, undefined>): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 4 || bytes.length < 4 + bytes.readInt32BE(0)) {
    const { value } = await chunks.next();
    if (!value) throw new Error('Kafka closed the connection');
    bytes = Buffer.concat([bytes, value]);
  }
  return bytes.subarray(4);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}
