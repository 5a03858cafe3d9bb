import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { submissionBody } from '@libs/contracts/testing';
import type { NeighbourSample } from './neighbour';

const PAUSE_MS = 10;
const [url = '', headersJson = '{}'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const headers = {
  'content-type': 'application/json',
  ...(JSON.parse(headersJson) as Record<string, string>),
};

let durationsMs: number[] = [];
let refused: string[] = [];
let isAsked = false;

/** One well-behaved client, in a process of its own so that the attacker's work does not count as the server's. */
async function main(): Promise<void> {
  process.on('message', (asked: 'begin' | 'end') => {
    if (asked === 'begin') {
      durationsMs = [];
      refused = [];
    } else {
      isAsked = true;
    }
  });
  process.once('disconnect', () => process.exit(0));
  for (;;) {
    const startedAt = performance.now();
    const outcome = await post().catch((error: unknown) => String(error));
    durationsMs.push(performance.now() - startedAt);
    if (outcome !== '202') refused.push(outcome);
    if (isAsked) tell();
    await new Promise((next) => setTimeout(next, PAUSE_MS));
  }
}

/** After at least one whole request, however long an attack made it wait. */
function tell(): void {
  isAsked = false;
  const sorted = durationsMs.sort((one, other) => one - other);
  const p99Ms = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  const sample: NeighbourSample = { requests: sorted.length, p99Ms, refused };
  process.send?.(sample);
}

function post(): Promise<string> {
  const body = Buffer.from(JSON.stringify(submissionBody({ eventId: randomUUID() })));
  return new Promise((resolve, reject) => {
    const options = { agent, method: 'POST', headers: { ...headers, 'content-length': body.length } };
    const outgoing = request(`${url}/v1/metadata`, options, (answer) => {
      answer
        .once('end', () => {
          resolve(String(answer.statusCode));
        })
        .resume();
    });
    outgoing.on('error', reject).end(body);
  });
}

void main();
