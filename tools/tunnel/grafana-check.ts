import { z } from 'zod';
import { nearEnd, type Forward } from './forward';

const health = z.looseObject({ database: z.string(), version: z.string().optional() });

/** Grafana's version, from GET /api/health. Rejects when it does not say within `timeoutMs` that it is well. */
export async function askGrafana(forward: Forward, timeoutMs: number): Promise<string> {
  const answer = await fetch(`http://${nearEnd(forward)}/api/health`, {
    signal: AbortSignal.timeout(timeoutMs),
    headers: { connection: 'close' },
  });
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw new Error(`/api/health answers ${answer.status}`);
  const { success, data } = health.safeParse(body);
  if (!success) throw new Error('what answers is not Grafana');
  if (data.database !== 'ok') throw new Error(`Grafana's database is ${data.database}`);
  return data.version ?? '';
}
