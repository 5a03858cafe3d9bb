import { connect } from 'node:net';
import { newApiKey } from '../src/access/api-key';

/** Writes so many requests with wrong keys on one connection before it reads the answers; answers their statuses. */
export function askInOneGo(port: number, count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const ask = (): string =>
      `GET /v1/metadata HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${newApiKey()}\r\n\r\n`;
    let received = '';
    const statuses: string[] = [];
    socket.setEncoding('latin1').on('error', reject);
    socket.on('data', (piece: string) => {
      received += piece;
      const end = received.lastIndexOf('\n') + 1;
      for (const [, status] of received.slice(0, end).matchAll(/HTTP\/1\.1 (\d{3})/g)) statuses.push(status!);
      received = received.slice(end);
      if (statuses.length < count) return;
      socket.destroy();
      resolve(statuses);
    });
    socket.write(Array.from({ length: count }, ask).join(''));
  });
}
