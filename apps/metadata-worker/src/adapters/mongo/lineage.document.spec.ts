import { GPU_METRICS } from '@libs/contracts';
import { gpuMetricsBody } from '@libs/contracts/testing';
import { toLineageDocument, type LineageDocument } from './lineage.document';

const NOW = new Date('2026-11-21T05:40:00Z');

function documentOf(changes: Record<string, unknown>): LineageDocument {
  const body = Buffer.from(JSON.stringify(gpuMetricsBody(changes)));
  const { event } = GPU_METRICS.read(body, { now: NOW });
  const position = { topic: 'gpu.metrics.v1', partition: 0, offset: 1n };
  return toLineageDocument({
    event,
    position,
    producer: { keyId: null },
    processedAt: NOW,
    workerVersion: '0',
  });
}

describe(toLineageDocument.name, () => {
  it('keeps a dot in the name of a field as %2E, beside what has that name without it', () => {
    const additional = {
      'eval/loss': 0.3,
      'pipeline.topic': 'mine',
      '_id.x': 1,
      'host.name': 'b',
      'test acc': null,
    };
    expect(documentOf(additional)).toMatchObject({
      _id: 'node-1/0/2026-11-21T05:39:39.000Z',
      host: 'node-1',
      'eval/loss': 0.3,
      'pipeline%2Etopic': 'mine',
      '_id%2Ex': 1,
      'host%2Ename': 'b',
      'test acc': null,
      pipeline: { topic: 'gpu.metrics.v1' },
    });
  });
});
