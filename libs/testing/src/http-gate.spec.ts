import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../../../tools/stack/port-holder';
import { HttpGate } from './http-gate';

describe(HttpGate.name, () => {
  let server: Server;
  let gate: HttpGate;
  const put = async (body: string): Promise<string> => {
    const response = await fetch(`${gate.url}/bucket/key?x=1`, { method: 'PUT', body });
    return `${response.status} ${await response.text()}`;
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const head = `${request.method} ${request.url} ${request.headers.host} `;
      response.write(head);
      request.pipe(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    gate = new HttpGate(await freePort(), new URL(`http://127.0.0.1:${port}`));
    await gate.open();
  });
  afterAll(async () => {
    await gate.close();
    server.close();
  });

  const passed = (): string => `200 PUT /bucket/key?x=1 127.0.0.1:${gate.port} data`;

  it('leads a request there as it is', async () => {
    expect(await put('data')).toBe(passed());
  });

  it('answers as many requests as asked in the place of the target', async () => {
    gate.refuse(507, 2);
    expect([await put('data'), await put('data'), await put('data')]).toEqual(['507 ', '507 ', passed()]);
    expect(gate.refused).toBe(2);
  });

  it('takes its time until it is healed', async () => {
    gate.slow(60);
    const begun = performance.now();
    expect(await put('data')).toBe(passed());
    expect(performance.now() - begun).toBeGreaterThan(50);
    gate.heal();
  });

  it('refuses connections while it is closed', async () => {
    await gate.close();
    await expect(put('data')).rejects.toThrow('fetch failed');
    await gate.open();
    expect(await put('data')).toBe(passed());
  });
});
