import { once } from 'node:events';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const publicName = 'a1b2.ngrok.test';

/**
 * ngrok in miniature: an edge that passes requests on as ngrok does (the public Host, X-Forwarded-*), with its warning
 * page for whoever does not skip it, and the agent's local API.
 */
export class PlayedNgrok {
  private servers: Server[] = [];
  /** Where its edge listens: the public URL. */
  url = '';
  /** Of the agent's local API. */
  agentPort = 0;

  static async before(apiPort: number): Promise<PlayedNgrok> {
    const ngrok = new PlayedNgrok();
    const edgePort = await ngrok.listen((incoming, outgoing) => {
      if (incoming.headers['ngrok-skip-browser-warning'] === undefined) {
        outgoing
          .writeHead(200, { 'content-type': 'text/html' })
          .end('<!DOCTYPE html>You are about to visit …');
        return;
      }
      const { method, url, headers } = incoming;
      const forwarded = {
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': publicName,
      };
      const passedOn = {
        port: apiPort,
        method,
        path: url,
        headers: { ...headers, ...forwarded, host: publicName },
      };
      incoming.pipe(
        request(passedOn, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        }),
      );
    });
    ngrok.url = `http://127.0.0.1:${edgePort}`;
    const tunnel = {
      name: 'command_line',
      public_url: ngrok.url,
      config: { addr: `http://127.0.0.1:${apiPort}` },
    };
    ngrok.agentPort = await ngrok.listen(({ url }, response) => {
      response.end(JSON.stringify(url === '/api/tunnels' ? { tunnels: [tunnel] } : {}));
    });
    return ngrok;
  }

  /** The agent goes on, but nothing comes through. */
  stopEdge(): void {
    const [edge, ...others] = this.servers;
    edge?.close();
    this.servers = others;
  }

  stop(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  private async listen(answer: RequestListener): Promise<number> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    this.servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
}
