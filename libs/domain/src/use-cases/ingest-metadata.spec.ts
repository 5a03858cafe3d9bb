import { BrokerUnavailable } from '../errors';
import { PACKED_ENCODING, PackedEmbedding } from '../model/embedding';
import { isEventId, MetadataSubmission } from '../model/gpu-metadata';
import { StreamPosition } from '../model/recorded-metadata';
import { EventPublisher, PublishContext } from '../ports/event-publishers';
import { acceptedMetadata, FixedClock, InMemoryEventPublisher } from '../testing';
import { IngestMetadata } from './ingest-metadata';

const NOW = new Date('2026-11-21T05:40:00.250Z');
const PRODUCER = { keyId: 'colab-1' };

function submission(eventId: string | null): MetadataSubmission {
  const { acceptedAt: _acceptedAt, producer: _producer, ...fields } = acceptedMetadata();
  const data = Buffer.from('AACAPw==');
  const embedding: PackedEmbedding = { encoding: PACKED_ENCODING, dimension: 1, data };
  return { ...fields, embedding, eventId };
}

describe(IngestMetadata.name, () => {
  const publisher = new InMemoryEventPublisher();
  const ingest = new IngestMetadata(publisher, new FixedClock(NOW));

  beforeEach(() => {
    publisher.published.length = 0;
    publisher.failure = undefined;
  });

  it('publishes the submission with its eventId, the time and the producer', async () => {
    const given = submission('0198f0c0-0000-7000-8000-00000000000a');
    await ingest.execute(given, PRODUCER, {});
    expect(publisher.published).toEqual([{ ...given, acceptedAt: NOW, producer: PRODUCER }]);
  });

  it('answers where on the stream the event is', async () => {
    const eventId = '0198f0c0-0000-7000-8000-00000000000a';
    await ingest.execute(submission(eventId), PRODUCER, {});
    expect(await ingest.execute(submission(eventId), PRODUCER, {})).toEqual({
      eventId,
      position: { topic: 'gpu-metadata', partition: 0, offset: 1n },
      acceptedAt: NOW,
    });
  });

  it('makes an eventId where the producer gave none, and publishes under it', async () => {
    const { eventId } = await ingest.execute(submission(null), PRODUCER, {});
    expect(isEventId(eventId)).toBe(true);
    expect(parseInt(eventId.replace('-', '').slice(0, 12), 16)).toBe(NOW.getTime());
    expect(publisher.published[0]?.eventId).toBe(eventId);
  });

  it('hands the trace context on', async () => {
    const contexts: PublishContext[] = [];
    class TracedPublisher extends EventPublisher {
      publish(_event: unknown, context: PublishContext): Promise<StreamPosition> {
        contexts.push(context);
        return Promise.resolve({ topic: 'gpu-metadata', partition: 0, offset: 0n });
      }
      hasRoom(): boolean {
        return true;
      }
    }
    const context = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const traced = new IngestMetadata(new TracedPublisher(), new FixedClock(NOW));
    await traced.execute(submission(null), PRODUCER, context);
    expect(contexts).toEqual([context]);
  });

  it('promises nothing when the event could not be published', async () => {
    publisher.failure = new BrokerUnavailable();
    await expect(ingest.execute(submission(null), PRODUCER, {})).rejects.toBe(publisher.failure);
    expect(publisher.published).toEqual([]);
  });
});
