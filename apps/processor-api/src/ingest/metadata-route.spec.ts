import type { IncomingMessage } from 'node:http';
import { submissionBody } from '@libs/contracts/testing';
import { IngestMetadata } from '@libs/domain';
import { FixedClock, InMemoryEventPublisher } from '@libs/domain/testing';
import { Caller } from '../access/caller';
import { BodyReader } from '../http/body/body-reader';
import { BodyMemory } from '../http/body/body-share';
import type { RequestInfo } from '../http/request-info';
import { MetadataRoute } from './metadata-route';

const NOW = new Date('2026-11-21T06:00:00Z');

/** A body that is there at once, as that of a pipelined request is. */
class ReadyBody extends BodyReader {
  override read(request: IncomingMessage): Promise<Buffer> {
    return Promise.resolve((request as unknown as { body: Buffer }).body);
  }
}

const bodyWith = (value: number): string =>
  JSON.stringify(submissionBody({ eventId: undefined, embedding: [value, value] }));

function requestWith(text: string): RequestInfo {
  const body = Buffer.from(text);
  const headers = { 'content-type': 'application/json' };
  return { raw: { body }, headers, caller: Caller.anybody, outcome: {} } as unknown as RequestInfo;
}

describe(MetadataRoute.name, () => {
  const publisher = new InMemoryEventPublisher();
  const clock = new FixedClock(NOW);
  const reader = new ReadyBody(
    { maxBytes: 1, maxBatchBytes: 1, idleTimeoutMs: 1, timeoutMs: 1 },
    new BodyMemory(1, 1),
  );
  const route = new MetadataRoute(reader, new IngestMetadata(publisher, clock), clock);

  it('tells NDJSON its type and route, and other faults their own advice', async () => {
    const text = bodyWith(1);
    const refusalOf = (body: string): Promise<unknown> => route.answer(requestWith(body));
    await expect(refusalOf(`${text}\r\n${text}\r\n`)).rejects.toMatchObject({
      code: 'invalid_json',
      message: expect.stringMatching(
        /line 2, column 1 .* as application\/x-ndjson to \/v1\/metadata\/batch$/,
      ),
    });
    await expect(refusalOf(text + text)).rejects.toThrow(/; the JSON text ended before it$/);
  });

  it('keeps apart the vectors of bodies that end in the same turn', async () => {
    await Promise.all([0.5, 1.5, 2.5].map((value) => route.answer(requestWith(bodyWith(value)))));
    const texts = publisher.published.map(({ embedding }) => Buffer.from(embedding.data).toString());
    const expected = [0.5, 1.5, 2.5].map((value) =>
      Buffer.from(Float32Array.of(value, value).buffer).toString('base64'),
    );
    expect(texts).toEqual(expected);
  });
});
