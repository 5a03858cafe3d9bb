import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GpuMetadata } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { bodyOf } from './content';
import type { Ledger } from './ledger';
import { SCALE } from './soak';

export interface LoadShape {
  readonly connections: number;
  /** Between two posts of a connection. */
  readonly pauseMs: number;
  readonly dimension: number;
  /** How far the producers' clocks are behind. */
  readonly clockBehindMs: number;
}

interface Answer {
  /** 0 when the connection failed. */
  readonly status: number;
  /** Of the problem, or of the socket's error. */
  readonly code?: string;
  readonly acceptedAt?: string;
  readonly retryAfter: string | null;
}

const DEFAULT_SHAPE: LoadShape = { connections: 8, pauseMs: 20, dimension: 256, clockBehindMs: 0 };
/** Each so many posts of a connection, an earlier id of its own is posted again with new content. */
const POSTS_PER_REPOST = 5;
const RETRY_MS = 150;
const GIVE_UP_MS = 90_000;
const RETRIED = [0, 503, 504];

/**
 * Producers as they are meant to be: each goes on posting the same body under the same eventId until it is
 * acknowledged, and only then thinks of the next.
 */
export class Load {
  /** Ids posted more than once, each time with another content. */
  readonly reposted = new Set<string>();
  /** Posts that were not acknowledged, by the code of the problem or of the socket's error. */
  readonly refusals = new Map<string, number>();
  /** Refusals with 503 that did not say when to come again. */
  silentRefusals = 0;
  private readonly shape: LoadShape;
  private isOver = false;
  private running: Promise<unknown> | undefined;

  constructor(
    private readonly apiUrl: () => string,
    private readonly ledger: Ledger,
    private readonly model: string,
    shape: Partial<LoadShape> = {},
  ) {
    this.shape = { ...DEFAULT_SHAPE, ...shape };
  }

  start(): void {
    this.isOver = false;
    this.running = Promise.all(Array.from({ length: this.shape.connections }, () => this.produce()));
    this.running.catch(() => undefined); // told by whoever waits for the load
  }

  /** Resolves once `count` more posts were acknowledged, many times as many in a soak. */
  async acknowledged(count: number): Promise<void> {
    const goal = this.ledger.lines + count * SCALE;
    while (this.ledger.lines < goal) await Promise.race([sleep(10), this.failure()]);
  }

  /** Posts whose connection broke before they were answered. */
  get broken(): number {
    return ['ECONNRESET', 'UND_ERR_SOCKET'].reduce((sum, code) => sum + (this.refusals.get(code) ?? 0), 0);
  }

  /** Begins nothing new; resolves once everything begun is acknowledged. */
  async finish(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  /** Posts one fresh event and does not retry. */
  async postOnce(model = this.model): Promise<Answer> {
    return this.post(this.newEvent(randomUUID(), model));
  }

  /** Posts one fresh event until it is acknowledged. */
  async postAcknowledged(model = this.model): Promise<void> {
    await this.submit(this.newEvent(randomUUID(), model));
  }

  private async failure(): Promise<void> {
    await this.running;
    if (!this.isOver) throw new Error('the load is not running');
  }

  private async produce(): Promise<void> {
    const own: string[] = [];
    for (let posts = 1; !this.isOver; posts++) {
      const again = posts % POSTS_PER_REPOST === 0 ? own[Math.floor(Math.random() * own.length)] : undefined;
      if (again) this.reposted.add(again);
      const eventId = again ?? randomUUID();
      await this.submit(this.newEvent(eventId, this.model));
      if (!again) own.push(eventId);
      await sleep(this.shape.pauseMs);
    }
  }

  private async submit(event: GpuMetadata): Promise<void> {
    for (const deadline = Date.now() + GIVE_UP_MS; ;) {
      const { status, retryAfter } = await this.post(event);
      if (status === 202) return;
      if (!RETRIED.includes(status)) throw new Error(`POST was answered ${status}`);
      if (Date.now() > deadline) throw new Error(`${event.eventId} was not accepted in ${GIVE_UP_MS} ms`);
      await sleep(Math.max(RETRY_MS, 1_000 * Number(retryAfter ?? 0)));
    }
  }

  private async post(event: GpuMetadata): Promise<Answer> {
    const answer = await this.request(bodyOf(event));
    const { status, acceptedAt, code, retryAfter } = answer;
    if (status === 202 && acceptedAt !== undefined) {
      this.ledger.acknowledge({ ...event, acceptedAt: new Date(acceptedAt), producer: { keyId: null } });
      return answer;
    }
    const reason = code ?? String(status);
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
    if (status === 503 && !/^\d+$/.test(retryAfter ?? '')) this.silentRefusals += 1;
    return answer;
  }

  private async request(body: string): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    try {
      const response = await fetch(`${this.apiUrl()}/v1/metadata`, { method: 'POST', headers, body });
      const answer = (await response.json()) as Pick<Answer, 'code' | 'acceptedAt'>;
      return { ...answer, status: response.status, retryAfter: response.headers.get('retry-after') };
    } catch (error) {
      const { code } = (error as { cause?: { code?: string } }).cause ?? {};
      return { status: 0, code: code ?? 'unknown', retryAfter: null };
    }
  }

  private newEvent(eventId: string, model: string): GpuMetadata {
    const {
      acceptedAt: _,
      producer: __,
      ...event
    } = acceptedMetadata({
      eventId,
      model,
      embedding: Float32Array.from({ length: this.shape.dimension }, () => Math.random() - 0.5),
      capturedAt: new Date(Date.now() - this.shape.clockBehindMs),
      source: { kind: 'image', name: `${eventId}.jpg` },
      tags: ['faults', randomUUID()],
      attributes: { turn: this.ledger.lines, pretrained: true, note: 'a"b' },
    });
    return event;
  }
}
