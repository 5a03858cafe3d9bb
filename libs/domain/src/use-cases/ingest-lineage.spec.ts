import { BrokerUnavailable } from '../errors';
import { FixedClock, InMemoryLineagePublisher, tokenUsage } from '../testing';
import { IngestLineage } from './ingest-lineage';

const NOW = new Date('2026-11-21T05:40:00.250Z');

describe(IngestLineage.name, () => {
  const event = tokenUsage();
  const producer = { keyId: 'meter' };
  const submission = { event, written: { model: event.model, ts: '2026-11-21T05:39:39Z' } };

  it('publishes the event as it was written, dated and with its producer, and answers under its identity', async () => {
    const publisher = new InMemoryLineagePublisher();
    const ingest = new IngestLineage(publisher, new FixedClock(NOW));
    const receipt = await ingest.execute(submission, producer, {});
    expect(publisher.published).toEqual([{ ...submission, acceptedAt: NOW, producer }]);
    expect(receipt).toEqual({
      id: event.id,
      position: { topic: 'token-usage', partition: 0, offset: 0n },
      acceptedAt: NOW,
    });
  });

  it('promises nothing when the event could not be published', async () => {
    const publisher = new InMemoryLineagePublisher();
    publisher.failure = new BrokerUnavailable();
    const ingest = new IngestLineage(publisher, new FixedClock(NOW));
    await expect(ingest.execute(submission, producer, {})).rejects.toBe(publisher.failure);
  });
});
