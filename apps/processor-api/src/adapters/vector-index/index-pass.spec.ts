import { Coverage, IndexPass, type PassOptions } from './index-pass';
import { InMemoryVectorSource } from './testing/in-memory-vector-source';
import { VectorIndex } from './vector-index';
import type { ListedDocument } from './vector-source';

describe(IndexPass.name, () => {
  const embedding = Float32Array.of(1, 2);
  const options = (number: number, lastNumber: number): PassOptions => ({
    number,
    lastNumber: () => lastNumber,
    whole: { afterMs: -Infinity, untilMs: Infinity },
    detail: 'captured',
    isSweep: true,
    nowMs: Date.UTC(2026, 1),
    rest: () => Promise.resolve(),
  });

  it('lets nothing go that another pass met after this one had listed it in vain', async () => {
    const index = new VectorIndex(2 ** 20);
    const coverage = new Coverage();
    const source = new InMemoryVectorSource();
    const sweep = (): Promise<void> => new IndexPass(index, coverage, source, options(1, 2)).run();
    class StoredMeanwhile extends InMemoryVectorSource {
      override async *list(): AsyncIterable<readonly ListedDocument[]> {
        source.put({ eventId: 'late', embedding });
        await sweep();
      }
    }
    await new IndexPass(index, coverage, new StoredMeanwhile(), options(2, 2)).run();
    expect(index.get('late')).toBeDefined();
  });

  it('lets go what it does not meet', async () => {
    const index = new VectorIndex(2 ** 20);
    const source = new InMemoryVectorSource();
    source.put({ eventId: 'stays', embedding });
    source.put({ eventId: 'goes', embedding });
    await new IndexPass(index, new Coverage(), source, options(1, 1)).run();
    source.stored.delete('goes');
    await new IndexPass(index, new Coverage(), source, options(2, 2)).run();
    expect([...index.values()].map(({ eventId }) => eventId)).toEqual(['stays']);
  });
});
