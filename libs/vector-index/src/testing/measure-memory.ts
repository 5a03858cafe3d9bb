import { VectorIndex, type VectorDocument } from '../vector-index';

/** What is told of each kind of documents: MiB that the index counts for them, and that they take. */
export interface MeasuredMemory {
  readonly kind: string;
  readonly countedMib: number;
  readonly takenMib: number;
}

const MIB = 1024 * 1024;

const KINDS: Readonly<Record<string, [count: number, partOf: (at: number) => Partial<VectorDocument>]>> = {
  'as many dimensions': [1_024, (at) => ({ embedding: new Float32Array(at + 1).fill(1) })],
  '2,048 values': [4_000, (at) => ({ embedding: new Float32Array(2_048).fill(at + 1) })],
  'three values': [70_000, (at) => ({ embedding: Float32Array.of(1, at, 2) })],
  'no direction': [70_000, () => ({ embedding: new Float32Array(3) })],
  'a model and a tag of its own': [20_000, (at) => ({ model: read(`m${at}`), tags: [read(`t${at}`)] })],
  'short tags': [5_000, (at) => ({ tags: tagsOf(at.toString(36)) })],
  'long tags in other scripts': [2_000, (at) => ({ tags: tagsOf(`сервер-${'и'.repeat(50)}-${at}`) })],
};

/** Prints MeasuredMemory in JSON for each kind, in a process of its own with --expose-gc: nothing else comes or goes. */
async function main(): Promise<void> {
  const held: VectorIndex[] = [];
  const measured: MeasuredMemory[] = [];
  for (const [kind, [count, partOf]] of Object.entries(KINDS)) {
    const index = new VectorIndex(512 * MIB);
    held.push(index);
    const [countedBefore, takenBefore] = [index.bytes, await bytesTaken()];
    for (let at = 0; at < count; at++) index.addAll([{ ...sample(), ...partOf(at) }], 1);
    const takenMib = ((await bytesTaken()) - takenBefore) / MIB;
    measured.push({ kind, countedMib: (index.bytes - countedBefore) / MIB, takenMib });
  }
  process.stdout.write(JSON.stringify(measured));
}

function sample(): VectorDocument {
  const embedding = Float32Array.of(1, 2);
  const [eventId, model, deviceName] = [read(crypto.randomUUID()), 'm', 'd'];
  return { eventId, capturedAtMs: 0, acceptedAtMs: 0, model, deviceName, tags: ['a'], embedding };
}

/** A text as a database's driver makes it: one that is put together of others takes many times the memory. */
function read(text: string): string {
  return Buffer.from(text).toString();
}

/** As many tags as a record may have. */
function tagsOf(text: string): string[] {
  return Array.from({ length: 32 }, (_, at) => read(`${at}${text}`));
}

/** Memory of all objects that live, inside and outside of the heap; what was outside is given back a turn later. */
async function bytesTaken(): Promise<number> {
  for (let turns = 0; turns < 3; turns++) {
    globalThis.gc!();
    await new Promise((next) => setImmediate(next));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

void main();
