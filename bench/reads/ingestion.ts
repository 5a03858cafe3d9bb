import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { packedBody, submissionBody } from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { DIMENSION } from './stored-document';

const CONNECTIONS = 4;
/** Enough that the worker never waits, and little on the disk. */
const MOST_WAITING = 4_000;

/** Sends records all the time, as many as the worker has work for. */
export class Ingestion {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  private readonly sending: Promise<unknown>;
  private accepted = 0;
  private stored = 0;
  private isOver = false;

  constructor(
    private readonly api: AppProcess,
    private readonly worker: AppProcess,
  ) {
    this.sending = Promise.all(Array.from({ length: CONNECTIONS }, () => this.send()));
  }

  /** Records that the worker stored, a second. */
  async storedWithin(seconds: number): Promise<number> {
    const [before, startedAt] = [await this.update(), performance.now()];
    for (let second = 0; second < seconds; second++) {
      await sleep(1_000);
      await this.update();
    }
    return ((this.stored - before) * 1_000) / (performance.now() - startedAt);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.sending;
    this.agent.destroy();
  }

  private async update(): Promise<number> {
    const text = await (await fetch(`${this.worker.url}/metrics`)).text();
    const lines = text.matchAll(/^consumer_records_total\{.*"stored"\} (\d+)$/gm);
    this.stored = [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
    return this.stored;
  }

  private async send(): Promise<void> {
    const url = new URL('/v1/metadata', this.api.url);
    const embedding = packedBody(Array.from({ length: DIMENSION }, () => Math.random()));
    while (!this.isOver) {
      if (this.accepted - this.stored > MOST_WAITING) {
        await sleep(50);
        continue;
      }
      const fields = { eventId: undefined, embedding, capturedAt: new Date().toISOString() };
      if (await post(url, this.agent, Buffer.from(JSON.stringify(submissionBody(fields)))))
        this.accepted += 1;
    }
  }
}

/** One POST on a connection that is kept; answers whether it was accepted. */
function post(url: URL, agent: Agent, body: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => {
        resolve(answer.statusCode === 202);
      });
    })
      .on('error', reject)
      .end(body);
  });
}
