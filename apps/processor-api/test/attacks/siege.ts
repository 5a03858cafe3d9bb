import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { submissionBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { portOf, postTo, type Body, type RequestHeaders } from '../api';
import { AttackTable } from './attack-table';
import { writeUntilClosed } from './attacker';
import { vectorOf } from './hostile-bodies';
import type { Neighbour } from './neighbour';

/** Who attack at one time. */
export const ATTACKERS = 8;
const ATTACK_MS = 800;
const MAX_GROWTH_MIB = 256;
const SAMPLE_MS = 10;
/** Of all attackers together; the API takes 1,000. */
const CONNECTIONS = 2_000;

/** What an attacker got: a status, or no answer at all. */
export type Answer = number | 'closed';

interface Limits {
  /** Of what the API takes in memory besides. */
  readonly maxGrowthMib?: number;
  /** How long each attacker begins anew; 0: each acts once. */
  readonly attackMs?: number;
}

/** Attacks the API from many sides while a neighbour uses it, and says what became of both. */
export class Siege {
  /** Connections of `holdConnections`. */
  private closedByServer = 0;

  constructor(
    private readonly api: AppProcess,
    private readonly neighbour: Neighbour,
    private readonly key: RequestHeaders,
  ) {}

  /** Answers the distinct answers that the attackers got; nobody else may be refused meanwhile, nor memory grow. */
  async endure(
    attack: string,
    act: () => Promise<Answer>,
    { maxGrowthMib = MAX_GROWTH_MIB, attackMs = ATTACK_MS }: Limits = {},
  ): Promise<Answer[]> {
    const memoryBefore = this.api.rssMib;
    let memoryMost = memoryBefore;
    const sampler = setInterval(() => (memoryMost = Math.max(memoryMost, this.api.rssMib)), SAMPLE_MS);
    this.neighbour.begin();
    const startedAt = performance.now();
    const answers = new Set<Answer>();
    const attackOnAndOn = async (): Promise<void> => {
      do answers.add(await act());
      while (performance.now() - startedAt < attackMs);
    };
    try {
      await Promise.all(Array.from({ length: ATTACKERS }, attackOnAndOn));
    } finally {
      clearInterval(sampler);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const { refused, requests, p99Ms } = await this.neighbour.end();
    const memoryMib = Math.max(memoryMost, this.api.rssMib) - memoryBefore;
    new AttackTable().add({
      attack,
      answered: [...answers].join(' '),
      seconds,
      memoryMib,
      neighbourP99Ms: p99Ms,
    });
    expect(refused).toEqual([]);
    expect(requests).toBeGreaterThan(0);
    expect(memoryMib).toBeLessThan(maxGrowthMib);
    return [...answers];
  }

  async warmUp(): Promise<void> {
    this.neighbour.begin();
    const body = JSON.stringify(submissionBody({ eventId: randomUUID() }));
    for (let i = 0; i < 500; i++) await this.statusOf('/v1/metadata', body);
    for (let i = 0; i < 50; i++) await this.statusOf('/v1/metadata', vectorOf(400_000));
    expect((await this.neighbour.end()).refused).toEqual([]);
  }

  async statusOf(path: string, body: Body, headers: RequestHeaders = {}): Promise<Answer> {
    const answer = await postTo(this.api, path, body, { ...this.key, ...headers });
    await answer.arrayBuffer();
    return answer.status;
  }

  async written(pieces: Iterable<string | Buffer>): Promise<Answer> {
    const { statuses } = await writeUntilClosed(portOf(this.api), pieces);
    return statuses[0] ?? 'closed';
  }

  anyOf(requests: Readonly<Record<string, string>>): () => Promise<Answer> {
    const texts = Object.values(requests);
    let at = 0;
    return () => this.written([texts[at++ % texts.length]!]);
  }

  /** Holds its share until the server closes connections: the oldest, which may all be those of other attackers. */
  async holdConnections(start: string): Promise<Answer> {
    const sockets: Socket[] = [];
    const closedBefore = this.closedByServer;
    const onClose = (): void => void (this.closedByServer += 1);
    try {
      while (sockets.length < CONNECTIONS / ATTACKERS) {
        const socket = connect({ port: portOf(this.api), host: '127.0.0.1' }).on('error', () => undefined);
        await once(socket, 'connect');
        socket.on('close', onClose).resume().write(start);
        sockets.push(socket);
      }
      expect(await eventually(() => this.closedByServer > closedBefore, 10_000)).toBe(true);
      return 'closed';
    } finally {
      for (const socket of sockets) socket.off('close', onClose).destroy();
    }
  }
}
