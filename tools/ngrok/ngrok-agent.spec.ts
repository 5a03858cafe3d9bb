import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { askAgent } from './ngrok-agent';

describe(askAgent.name, () => {
  let agent: Server;
  let tunnels: object[];
  let port: number;

  beforeAll(async () => {
    agent = createServer(({ url }, response) => {
      response.statusCode = url === '/api/tunnels' ? 200 : 404;
      response.end(JSON.stringify({ tunnels, uri: '/api/tunnels' }));
    }).listen(0, '127.0.0.1');
    await once(agent, 'listening');
    ({ port } = agent.address() as AddressInfo);
  });
  afterAll(() => agent.close());

  const tunnel = (url: string, addr: string): object => ({
    name: 'command_line',
    public_url: url,
    proto: url.split(':')[0],
    config: { addr, inspect: false },
    metrics: {},
  });

  it.each(['8000', 'localhost:8000', 'http://localhost:8000', 'http://127.0.0.1:8000'])(
    'knows its own tunnel by %s',
    async (addr) => {
      tunnels = [tunnel('http://a.ngrok.app', addr), tunnel('https://a.ngrok.app', addr)];
      expect(await askAgent(port, 8000)).toEqual({ url: 'https://a.ngrok.app', elsewhere: [] });
    },
  );

  it.each(['http://localhost:18000', 'http://10.0.0.1:8000', 'http://localhost:3000'])(
    'leaves %s alone',
    async (addr) => {
      tunnels = [tunnel('https://a.ngrok.app', addr)];
      expect(await askAgent(port, 8000)).toEqual({
        url: undefined,
        elsewhere: [`https://a.ngrok.app → ${addr}`],
      });
    },
  );

  it('answers nothing where no agent runs', async () => {
    expect(await askAgent(1, 8000)).toBeUndefined();
  });
});
