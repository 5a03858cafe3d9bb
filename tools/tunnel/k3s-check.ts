import { get } from 'node:https';
import { localHost, type Forward } from './forward';

/**
 * Shakes hands with the Kubernetes API behind the forward and asks for its version; any answer in HTTP is a sign of
 * life, a 401 too. Answers that status. Rejects when there is none within `timeoutMs`.
 */
export function askK3s({ localPort }: Forward, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      host: localHost,
      port: localPort,
      path: '/version',
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      rejectUnauthorized: false, // kubectl checks the certificate; here nothing is sent that it would protect
    };
    get(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}
