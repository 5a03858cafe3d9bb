import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { cosineSimilarity } from '@libs/domain';
import { CodeMemory } from './code-memory';
import type { MeasuredMemory } from './testing/measure-memory';
import { randomNumbers } from './testing/random-vectors';
import { VectorIndex, type VectorDocument } from './vector-index';
import { VectorTable, type Placed } from './vector-table';

const MIB = 1024 * 1024;

describe(VectorIndex.name, () => {
  const random = randomNumbers(1);
  const documentOf = (eventId: string, embedding: Float32Array): VectorDocument => ({
    ...{ eventId, embedding, capturedAtMs: 0, acceptedAtMs: 0 },
    ...{ model: 'm', deviceName: 'd', tags: ['a', eventId] },
  });
  const query = { k: 10, filter: {} };

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
    const filled = index.bytes;
    for (const { eventId } of documents) index.remove(eventId);
    expect(index.size).toBe(0);
    expect(index.candidates({ ...query, embedding: Float32Array.of(1, 1, 1) }).scanned).toBe(0);
    index.addAll(documents, 1);
    expect(index.bytes).toBe(filled);
  });

  it('counts the memory that it takes, whatever its documents are like', () => {
    const program = join(__dirname, 'testing/measure-memory.ts');
    const args = ['--expose-gc', '-r', '@swc-node/register', program];
    const measured = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8' }),
    ) as MeasuredMemory[];
    expect(measured.length).toBeGreaterThan(0);
    for (const { kind, countedMib, takenMib } of measured) {
      expect([kind, takenMib <= countedMib + 1 && takenMib >= countedMib / 2]).toEqual([kind, true]);
    }
  }, 120_000);

  it('stays within its memory where each vector is of another dimension', () => {
    const documents = Array.from({ length: 400 }, (_, i) =>
      documentOf(
        `e${i}`,
        Float32Array.from({ length: i + 1 }, () => random() + 1),
      ),
    );
    const small = new VectorIndex(8 * MIB);
    small.addAll(
      documents.map((document, capturedAtMs) => ({ ...document, capturedAtMs })),
      1,
    );
    expect(small.bytes).toBeLessThanOrEqual(8 * MIB);
    expect(small.size).toBeGreaterThan(40);
    expect(small.get('e399')).toBeDefined();
    expect(small.get('e0')).toBeUndefined();
  });
});

describe(VectorTable.name, () => {
  it('bounds the estimate of the largest sums that its codes can give', () => {
    const dimension = 8_192;
    const same = new Float64Array(dimension).fill(1 / Math.sqrt(dimension));
    for (const sign of [1, -1]) {
      const table = new VectorTable<Placed>(dimension, new Float64Array(dimension), new CodeMemory());
      const only = { place: 0 };
      table.add(
        only,
        same.map((value) => sign * value),
      );
      table.compare(
        same,
        () => true,
        (row, estimate, radius) => {
          expect(row).toBe(only);
          expect(Math.abs(estimate - sign)).toBeLessThanOrEqual(radius);
          expect(radius).toBeLessThan(0.001);
        },
      );
    }
  });
});
