import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IndexSet } from '../index-set';
import { MetadataRecords } from '../records/metadata-records';
import { RunIdentity } from '../records/run-identity';
import { HttpClient } from '../sending/http-client';
import { jsonBody } from '../sending/record-bodies';
import { ApiVerifier } from './api-verifier';
import type { Findings } from './verification';

const run = new RunIdentity({
  seed: 1,
  rate: 10,
  startedAtMs: Date.parse('2026-11-21T05:39:39.000Z'),
  run: 5,
});
const records = new MetadataRecords(run, 8);
const { signal: never } = new AbortController();
type Answer = readonly [status: number, body: string];
const notFound: Answer = [404, '{"code":"not_found"}'];

describe(ApiVerifier.name, () => {
  let server: Server;
  /** What the API answers to the so-manieth read of a record. */
  let answer: (index: number, read: number) => Answer;
  const reads = new Map<number, number>();
  const asked: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const index = run.indexOf(url.pathname.split('/').at(-1) ?? '') ?? -1;
      reads.set(index, (reads.get(index) ?? 0) + 1);
      asked.push(url.search);
      const [status, body] = answer(index, reads.get(index)!);
      response.writeHead(status).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => {
    reads.clear();
  });
  afterAll(() => server.close());

  async function verify(patienceMs = 30_000, signal = never): Promise<Findings> {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new HttpClient({ url, apiKey: undefined, connections: 2, timeoutMs: 5_000 });
    const verifier = new ApiVerifier(client, records, { connections: 2, patienceMs });
    const acknowledged = new IndexSet();
    for (const index of [0, 1, 2, 5]) acknowledged.add(index);
    const found = await verifier.verify(acknowledged, signal);
    await verifier.close();
    return found;
  }

  const stored = (index: number): Answer => [200, jsonBody(records.at(index), 'packed')];

  it('finds records equal that are there, and asks for no others', async () => {
    answer = stored;
    expect(await verify()).toMatchObject({ acknowledged: 4, equal: 4, missing: 0, differing: 0, unread: 0 });
    expect([...reads.keys()].sort()).toEqual([0, 1, 2, 5]);
    expect(new Set(asked)).toEqual(new Set(['?include=embedding&as=packed']));
  });

  it('waits for a record that is not there yet, and asks again after a fault', async () => {
    answer = (index, read) => (read === 1 ? notFound : read === 2 ? [503, ''] : stored(index));
    expect(await verify()).toMatchObject({ equal: 4, missing: 0, unread: 0 });
  });

  it('names the record that is missing and the field that differs', async () => {
    answer = (index) => {
      if (index === 2) return notFound;
      return index === 1 ? [200, stored(1)[1].replace(/"model":"[^"]+"/, '"model":"other"')] : stored(index);
    };
    const found = await verify(200);
    expect(found).toMatchObject({ equal: 2, missing: 1, differing: 1, unread: 0 });
    expect([...found.examples].sort()).toEqual([
      `${run.eventId(1)} differs: /model: "${records.at(1).fields.model}" was sent, "other" read`,
      `${run.eventId(2)} is missing`,
    ]);
  });

  it('sees a single bit of a vector', async () => {
    const bytes = records.at(1).embedding.bytes();
    bytes.writeUInt8(bytes.readUInt8(8) ^ 1, 8);
    const flipped = bytes.toString('base64');
    answer = (index) => [200, stored(index)[1].replace(records.at(1).embedding.base64(), flipped)];
    const found = await verify();
    expect(found).toMatchObject({ equal: 3, differing: 1 });
    expect(found.examples[0]).toContain('/embedding: 1 of 8 values differ, first [2]');
  });

  it('tells records that cannot be read from those that are missing', async () => {
    answer = (index) => (index === 2 ? [503, ''] : stored(index));
    expect(await verify(200)).toMatchObject({ equal: 3, missing: 0, unread: 1 });
  });

  it('takes what it could not wait for as unread, and not as missing', async () => {
    answer = (index) => (index === 2 ? notFound : stored(index));
    expect(await verify(30_000, AbortSignal.abort())).toMatchObject({ equal: 3, missing: 0, unread: 1 });
  });

  it('gives up where the API reads nothing', async () => {
    answer = () => [501, '{"code":"reads_not_configured","detail":"set READ_MONGODB_URI"}'];
    expect(await verify()).toMatchObject({ equal: 0, missing: 0, fault: expect.stringContaining('501') });
  });
});
