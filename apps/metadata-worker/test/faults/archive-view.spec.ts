import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { readArchive } from './archive-view';

const line = (offset: bigint, value: string): string =>
  `{"topic":"t","partition":2,"offset":${offset},"valueBase64":"${value}"}`;
const OBJECTS: Readonly<Record<string, readonly string[]>> = {
  'raw/dt=2026-11-21/hour=05/t-2-0.ndjson.gz': [line(0n, 'a'), line(1n, 'b')],
  'raw/dt=2026-11-21/hour=05/t-2-1.ndjson.gz': [line(1n, 'b'), line(2n, 'c')],
  'raw/dt=2026-11-21/hour=06/t-2-2.ndjson.gz': [line(2n, 'another'), line(9007199254740993n, 'e')],
};

describe(readArchive.name, () => {
  let server: Server;
  let client: S3Client;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://s3');
      const keys = Object.keys(OBJECTS).map((key) => `<Contents><Key>${key}</Key></Contents>`);
      if (searchParams.get('prefix') === 'raw/') {
        response.end(`<ListBucketResult>${keys.join('')}<IsTruncated>false</IsTruncated></ListBucketResult>`);
        return;
      }
      const lines = OBJECTS[decodeURIComponent(pathname.replace('/bucket/', ''))]!;
      response.end(gzipSync(`${lines.join('\n')}\n`));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    client = new S3Client({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      forcePathStyle: true,
    });
  });
  afterAll(() => {
    client.destroy();
    server.close();
  });

  it('tells every place once, and which of them contradict each other', async () => {
    const { lines, contradictory } = await readArchive(client, 'bucket');
    expect([...lines.keys()]).toEqual(['2/0', '2/1', '2/2', '2/9007199254740993']);
    expect([...contradictory]).toEqual(['2/2']);
  });
});
