import { HttpConnection } from './http-connection';
import { eventIdOf, idAt, recordText, vectorsPerConnection, type LoadShape } from './records';
import { percentile } from '../../measuring/figures';

/** A round of load, as the process that makes it is told: it ends after so long or so many records. */
export interface LoadOrder extends LoadShape {
  readonly port: number;
  readonly path: string;
  readonly round: number;
  readonly seconds?: number;
  readonly recordsPerConnection?: number;
}

/** What came of it. */
export interface LoadReport {
  /** Records acknowledged on each connection: its first so many. */
  readonly acknowledged: readonly number[];
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The first answer that was not an acceptance. */
  readonly refusal?: string;
}

const accepted = new Set([200, 202]);

interface Request {
  readonly bytes: Buffer;
  /** Where ids stand. */
  readonly idsAt: readonly number[];
}

/** All requests of a connection, made ahead. */
function requestsOf(order: LoadOrder, connection: number): Request[] {
  const { form, batchSize, path } = order;
  const type = form === 'batch' ? 'application/x-ndjson' : 'application/json';
  const bodies =
    form === 'batch'
      ? [Array.from({ length: batchSize }, (_, at) => recordText(order, connection, at)).join('\n')]
      : Array.from({ length: vectorsPerConnection }, (_, at) => recordText(order, connection, at));
  return bodies.map((body) => {
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const bytes = Buffer.from(head + body);
    const idsAt: number[] = [];
    for (let at = head.length; at !== 0; at = bytes.indexOf('\n', at) + 1) idsAt.push(at + idAt);
    return { bytes, idsAt };
  });
}

async function drive(order: LoadOrder): Promise<LoadReport> {
  const { seconds = Infinity, recordsPerConnection = Infinity } = order;
  const times: number[] = [];
  let refusal: string | undefined;
  const all = await Promise.all(
    Array.from({ length: order.connections }, async (_, connection) => {
      const requests = requestsOf(order, connection);
      return { requests, connection, http: await HttpConnection.open(order.port), records: 0 };
    }),
  );
  const startedAt = performance.now();
  const end = startedAt + seconds * 1_000;
  await Promise.all(
    all.map(async (one) => {
      const isDue = (): boolean => performance.now() < end && one.records < recordsPerConnection;
      for (let turn = 0; isDue() && refusal === undefined; turn++) {
        const { bytes, idsAt } = one.requests[turn % one.requests.length]!;
        for (const [at, idPlace] of idsAt.entries()) {
          const id = eventIdOf(order.round, order, one.connection, one.records + at);
          bytes.write(id, idPlace, 'latin1');
        }
        const before = performance.now();
        const status = await one.http.send(bytes);
        times.push(performance.now() - before);
        if (accepted.has(status)) one.records += idsAt.length;
        else refusal ??= one.http.lastAnswer.toString();
      }
    }),
  );
  const elapsedSeconds = (performance.now() - startedAt) / 1_000;
  for (const { http } of all) http.close();
  return {
    acknowledged: all.map(({ records }) => records),
    seconds: elapsedSeconds,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    ...(refusal !== undefined && { refusal }),
  };
}

/** A process of its own: what makes the load shares no event loop with what counts it. */
process.on('message', (order: LoadOrder) => {
  void drive(order).then(
    (report) => process.send!(report),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
