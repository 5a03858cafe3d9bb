import { gzipSync } from 'node:zlib';
import { readArchive } from './archive-view';

const line = (offset: bigint, value: string): string =>
  `{"topic":"t","partition":2,"offset":${offset},"valueBase64":"${value}"}`;
const OBJECTS: Readonly<Record<string, readonly string[]>> = {
  'raw/dt=2026-11-21/hour=05/t-2-0.ndjson.gz': [line(0n, 'a'), line(1n, 'b')],
  'raw/dt=2026-11-21/hour=05/t-2-1.ndjson.gz': [line(1n, 'b'), line(2n, 'c')],
  'raw/dt=2026-11-21/hour=06/t-2-2.ndjson.gz': [line(2n, 'another'), line(9007199254740993n, 'e')],
};

const bucket = {
  keys: () => Promise.resolve(['enriched/no-raw-object', ...Object.keys(OBJECTS)]),
  content: (key: string) => Promise.resolve(gzipSync(`${OBJECTS[key]!.join('\n')}\n`)),
};

describe(readArchive.name, () => {
  it('tells every place once, and which of them contradict each other', async () => {
    const { lines, contradictory } = await readArchive(bucket);
    expect([...lines.keys()]).toEqual(['2/0', '2/1', '2/2', '2/9007199254740993']);
    expect([...contradictory]).toEqual(['2/2']);
  });
});
