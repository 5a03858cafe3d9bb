import { cosineSimilarity } from '@libs/domain';
import { CodeMemory } from './code-memory';
import { randomNumbers } from './testing/random-vectors';
import { VectorIndex } from './vector-index';
import type { VectorDocument } from './vector-source';
import { VectorTable } from './vector-table';

const MIB = 1024 * 1024;

describe(VectorIndex.name, () => {
  const random = randomNumbers(1);
  const documentOf = (eventId: string, embedding: Float32Array): VectorDocument => ({
    ...{ eventId, embedding, capturedAtMs: 0, acceptedAtMs: 0 },
    ...{ model: 'm', deviceName: 'd', tags: ['a', eventId] },
  });
  const query = { k: 10, filter: {}, capturedAfterMs: -Infinity };

  it.each([
    ['around many centres', 0, 1],
    ['all around one, as the vectors of an untrained network', 20, 0.5],
  ])('leaves few candidates of vectors that lie %s, and all of the nearest', (_, common, spread) => {
    const centres = Array.from({ length: 20 }, () => Float32Array.from({ length: 256 }, () => random()));
    const vectors = Array.from({ length: 2_000 }, (_, i) =>
      centres[i % centres.length]!.map((value) => common + value + spread * (random() - 0.5)),
    );
    const index = new VectorIndex(16 * MIB);
    index.addAll(
      vectors.map((vector, i) => documentOf(`e${i}`, vector)),
      1,
    );
    for (const embedding of vectors.slice(0, 10)) {
      const { candidates, scanned } = index.candidates({ ...query, embedding });
      const nearest = vectors
        .map((vector, i) => ({ id: `e${i}`, score: cosineSimilarity(embedding, vector)! }))
        .sort((a, b) => b.score - a.score)
        .slice(0, query.k);
      const ids = new Set(candidates.map(({ eventId }) => eventId));
      expect(scanned).toBe(vectors.length);
      expect(nearest.filter(({ id }) => !ids.has(id))).toEqual([]);
      expect(candidates.length).toBeLessThan(60);
    }
  });

  it('holds nothing any more of what was removed', () => {
    const index = new VectorIndex(16 * MIB);
    const documents = Array.from({ length: 200 }, (_, i) => documentOf(`e${i}`, Float32Array.of(i, 1, -i)));
    index.addAll(documents, 1);
    expect(index.bytes).toBeGreaterThan(200 * 300);
    for (const { eventId } of documents) index.remove(eventId);
    expect([index.size, index.bytes]).toEqual([0, 0]);
    expect(index.candidates({ ...query, embedding: Float32Array.of(1, 1, 1) }).scanned).toBe(0);
  });
});

describe(VectorTable.name, () => {
  it('bounds the estimate of the largest sums that its codes can give', () => {
    const dimension = 8_192;
    const same = new Float64Array(dimension).fill(1 / Math.sqrt(dimension));
    for (const sign of [1, -1]) {
      const table = new VectorTable<string>(dimension, new Float64Array(dimension), new CodeMemory());
      table.add(
        'row',
        same.map((value) => sign * value),
      );
      table.compare(
        same,
        () => true,
        (row, estimate, radius) => {
          expect(row).toBe('row');
          expect(Math.abs(estimate - sign)).toBeLessThanOrEqual(radius);
          expect(radius).toBeLessThan(0.001);
        },
      );
    }
  });
});
