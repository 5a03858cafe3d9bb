import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CertificateAuthority } from '@libs/testing/certificates';

/** What a tunnel leads to besides Kafka: something that answers as the Kubernetes API does, and as Grafana. */
export class FarEnds {
  private constructor(
    private readonly servers: readonly Server[],
    readonly k3s: string,
    readonly grafana: string,
  ) {}

  static async start(): Promise<FarEnds> {
    const authority = new CertificateAuthority();
    const { cert, key } = authority.issue('k3s');
    authority.remove();
    const k3s = createTlsServer({ cert, key }, (_, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"kind":"Status","status":"Failure","code":401}');
    });
    const grafana = createServer(({ url }, response) => {
      response.statusCode = url === '/api/health' ? 200 : 404;
      response.end('{"commit":"abc","database":"ok","version":"11.2.0"}');
    });
    return new FarEnds([k3s, grafana], await listen(k3s), await listen(grafana));
  }

  stop(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
