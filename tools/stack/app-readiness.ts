import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { text } from 'node:stream/consumers';

const answerWithinMs = 5000;

/** Resolves when the app answers 200 on /health/ready; rejects with what it says instead. */
export function probeApp(port: number, env: NodeJS.ProcessEnv): Promise<void> {
  const secure = (env.TLS_CERT_FILE ?? '') !== '';
  const asksForCertificate = secure && (env.TLS_CLIENT_CA_FILE ?? '') !== '';
  return new Promise((resolve, reject) => {
    const options = {
      host: reachableHost(env.HOST ?? ''),
      port,
      path: '/health/ready',
      timeout: answerWithinMs,
      rejectUnauthorized: false, // a certificate for another name is as good a sign of life
    };
    const request = (secure ? httpsGet : httpGet)(options, (response) => {
      if (response.statusCode === 200) {
        response.resume();
        resolve();
        return;
      }
      text(response).then((body) => {
        reject(new Error(`/health/ready answers ${response.statusCode ?? 'nothing'}${problemsIn(body)}`));
      }, reject);
    });
    request.on('timeout', () => request.destroy(new Error('/health/ready does not answer')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      // It refuses us for want of a client certificate, which is all one can learn without having one.
      if (asksForCertificate && error.code?.startsWith('ERR_SSL') === true) resolve();
      else reject(error);
    });
  });
}

/** What the app says is not usable, and why. */
function problemsIn(body: string): string {
  try {
    const { checks = {} } = JSON.parse(body) as { checks?: Record<string, { message?: string }> };
    const down = Object.entries(checks).filter(([, { message }]) => message !== undefined);
    const problems = down.map(([name, { message }]) => `${name}: ${message}`);
    return problems.length === 0 ? '' : ` (${problems.join(', ')})`;
  } catch {
    return ''; // another program's answer
  }
}

function reachableHost(host: string): string {
  return ['', '0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
}
