import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nullAnswer } from './null-answer';

/** A process of its own: an API that keeps nothing and acknowledges everything, to measure what asks it. */
const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request
    .on('data', (piece: Buffer) => pieces.push(piece))
    .once('end', () => {
      const answer = nullAnswer({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(pieces),
      });
      response
        .writeHead(202, { 'content-type': 'application/json', 'content-length': answer.length })
        .end(answer);
    });
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.once('disconnect', () => process.exit());
