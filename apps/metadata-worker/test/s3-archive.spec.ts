import { createServer, request as forward, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ArchiveUnavailable, type Tenure } from '@libs/domain';
import { S3Archive } from '../src/adapters/s3/s3-archive';
import { ArchiveBucket } from './archive-bucket';
import { s3ArchiveOf } from './archiver-under-test';
import { s3Endpoint } from '@libs/testing/test-stack';

const HELD: Tenure = { holds: true, signal: new AbortController().signal };
const name = 'raw/dt=2026-11-21/hour=12/t-0-0.ndjson.gz';
const object = (text: string): { name: string; content: Uint8Array } => ({
  name,
  content: Buffer.from(text),
});

describe(S3Archive.name, () => {
  let bucket: ArchiveBucket;
  let standIn: Server | undefined;

  beforeEach(async () => {
    bucket = await ArchiveBucket.make();
  });
  afterEach(() => {
    bucket.close();
    standIn?.closeAllConnections();
    standIn?.close();
  });

  async function answering(listener: RequestListener): Promise<S3Archive> {
    standIn = createServer(listener);
    await new Promise<void>((listening) => standIn?.listen(0, '127.0.0.1', listening));
    const { port } = standIn.address() as AddressInfo;
    return s3ArchiveOf(bucket.name, `http://127.0.0.1:${port}`);
  }
  const stored = async (): Promise<string> => (await bucket.content(name)).toString();
  const refusal = (archive: S3Archive, tenure = HELD): Promise<unknown> =>
    archive.store(object('x'), tenure).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('replaces what an earlier attempt left', async () => {
    const archive = s3ArchiveOf(bucket.name);
    await archive.store(object('first, longer'), HELD);
    await archive.store(object('second'), HELD);
    expect(await stored()).toBe('second');
  });

  it('cannot replace what a successor stored while its request was on the way', async () => {
    const successorIsDone = Promise.withResolvers<undefined>();
    const evicted = await answering((request, response) => {
      const { url, method, headers } = request;
      void successorIsDone.promise.then(() => {
        const onward = forward(s3Endpoint + url!, { method, headers }, (answer) => {
          answer.pipe(response.writeHead(answer.statusCode!, answer.headers));
        });
        request.pipe(onward);
      });
    });
    const tenure = { holds: true, signal: new AbortController().signal };
    const late = refusal(evicted, tenure);
    await s3ArchiveOf(bucket.name).store(object('of the successor'), HELD);
    tenure.holds = false;
    successorIsDone.resolve(undefined);
    expect(await late).toBeInstanceOf(ArchiveUnavailable);
    expect(await stored()).toBe('of the successor');
  });

  it('gives the request up when the tenure ends', async () => {
    const archive = await answering(() => undefined);
    const ended = new AbortController();
    const refused = refusal(archive, { holds: true, signal: ended.signal });
    ended.abort();
    expect(await refused).toBeInstanceOf(ArchiveUnavailable);
  });

  it('gives the request up when no answer comes in time', async () => {
    await answering(() => undefined);
    const { port } = standIn!.address() as AddressInfo;
    const s3 = { bucket: 'any', endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1' };
    expect(await refusal(new S3Archive(s3, 100))).toBeInstanceOf(ArchiveUnavailable);
  });

  it.each([
    [500, '<Error><Code>InternalError</Code></Error>', 'InternalError'],
    [503, '<Error><Code>SlowDown</Code></Error>', 'SlowDown'],
    [507, '<Error><Code>XMinioStorageFull</Code></Error>', 'XMinioStorageFull'],
    [403, '<Error><Code>AccessDenied</Code></Error>', 'AccessDenied'],
  ])('says what an answer %i was', async (status, body, code) => {
    const archive = await answering((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end(body));
    });
    expect(await refusal(archive)).toMatchObject({
      code: 'archive_unavailable',
      retriable: true,
      objectName: name,
      cause: { name: code },
    });
  });

  it('says when the bucket is missing', async () => {
    expect(await refusal(s3ArchiveOf('no-such-bucket'))).toMatchObject({ cause: { name: 'NoSuchBucket' } });
  });
});
