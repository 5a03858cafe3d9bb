import { z } from 'zod';

/** What the agent on this machine forwards: https://ngrok.com/docs/agent/api/ */
const list = z.object({
  tunnels: z.array(z.looseObject({ public_url: z.string(), config: z.looseObject({ addr: z.string() }) })),
});

const answerWithinMs = 3000;

/** What the agent tells about a port of this machine. */
export interface AgentAnswer {
  /** The public URL that leads to it, HTTPS where there is one. */
  readonly url: string | undefined;
  /** Where the agent's other tunnels lead. */
  readonly elsewhere: readonly string[];
}

/** Asks the agent whose local API listens on `agentPort`; undefined where none answers there. */
export async function askAgent(agentPort: number, apiPort: number): Promise<AgentAnswer | undefined> {
  let body: unknown;
  try {
    const answer = await fetch(`http://127.0.0.1:${agentPort}/api/tunnels`, {
      signal: AbortSignal.timeout(answerWithinMs),
    });
    body = await answer.json();
  } catch {
    return undefined;
  }
  const { success, data } = list.safeParse(body);
  if (!success) return undefined;
  const ours = data.tunnels.filter(({ config }) => leadsTo(config.addr, apiPort));
  const https = ours.find(({ public_url: url }) => url.startsWith('https://')) ?? ours[0];
  const others = data.tunnels.filter((tunnel) => !ours.includes(tunnel));
  return {
    url: https?.public_url.replace(/\/$/, ''),
    elsewhere: others.map(({ public_url: url, config }) => `${url} → ${config.addr}`),
  };
}

/** ngrok writes an address as it was typed: `8000`, `localhost:8000` or `http://127.0.0.1:8000`. */
function leadsTo(address: string, port: number): boolean {
  const [, host = 'localhost', digits = ''] =
    /^(?:https?:\/\/)?(?:(localhost|127\.0\.0\.1|\[::1\]):)?(\d+)\/?$/.exec(address) ?? [];
  return host !== '' && Number(digits) === port;
}
