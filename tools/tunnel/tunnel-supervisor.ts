import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../stack/stack-error';
import { addressText } from './address';
import { Backoff } from './backoff';
import { brokerForwards } from './broker-forwards';
import { faultText } from './fault-text';
import { route, type Forward } from './forward';
import type { CheckAnswer } from './forward-check';
import type { KafkaCluster } from './kafka-check';
import { orAborted } from './or-aborted';
import type { Connection } from './ssh-connection';
import type { SshFailure } from './ssh-failure';
import type { StatusBoard } from './status-board';

/** What the supervisor needs of the world. */
export interface TunnelWorld {
  connect(forwards: readonly Forward[]): Connection;
  check(forward: Forward): Promise<CheckAnswer>;
  /** A port of this machine for a further broker. */
  portFor(broker: { readonly nodeId: number; readonly advertised: string }): Promise<number>;
  /** Tells others of this machine what the tunnel leads to. */
  publish(state: TunnelState): void;
}

export interface TunnelState {
  readonly sshPid: number | undefined;
  readonly isKafkaUp: boolean;
  /** Advertised address → where it is reachable from here; undefined until the brokers told. */
  readonly brokers: ReadonlyMap<string, string> | undefined;
}

/** Milliseconds between checks. */
export interface TunnelTimes {
  readonly whileUpMs: number;
  readonly whileDownMs: number;
  /** How long after the bastion let us in a forward may fail before it counts as down. */
  readonly settleMs: number;
}

const usualTimes: TunnelTimes = { whileUpMs: 5000, whileDownMs: 1000, settleMs: 2000 };
const settlingMs = 100;

/** Keeps one ssh connection with all forwards alive, checks each, and tells what changed. */
export class TunnelSupervisor {
  private readonly backoff = new Backoff();
  private forwards: readonly Forward[];
  private brokers: ReadonlyMap<string, string> | undefined;
  private hasWorked = false;
  private state: TunnelState = { sshPid: undefined, isKafkaUp: false, brokers: undefined };

  constructor(
    forwards: readonly Forward[],
    private readonly world: TunnelWorld,
    private readonly board: StatusBoard,
    private readonly times: TunnelTimes = usualTimes,
  ) {
    this.forwards = forwards;
  }

  /** Resolves once `signal` aborts and no ssh is left; @throws StackError when no further attempt can do better */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const failure = await this.session(signal);
      if (failure === undefined) continue; // interrupted, or more brokers need a connection with more forwards
      const isFinal = failure.passes === 'never' || (failure.passes !== 'always' && !this.hasWorked);
      if (isFinal) throw new StackError(`The tunnel is down: ${failure.what}.`, failure.nextStep);
      this.board.down('ssh', `${failure.what}; trying again${this.hasWorked ? '' : `. ${failure.nextStep}`}`);
      await sleep(this.backoff.nextMs(), undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection from its start to its end; answers why it ended, unless we ended it ourselves. */
  private async session(signal: AbortSignal): Promise<SshFailure | undefined> {
    const connection = this.world.connect(this.forwards);
    this.publish({ sshPid: connection.pid });
    const over = new AbortController();
    void connection.ended.then(() => {
      over.abort();
    });
    const eitherOver = AbortSignal.any([signal, over.signal]);
    try {
      const isOpen = await orAborted(connection.opened, signal).catch(() => false);
      if (isOpen) {
        this.board.up('ssh', 'the bastion let us in');
        const isEnough = await this.watch(connection, eitherOver);
        if (!isEnough) return undefined;
      }
      return signal.aborted ? undefined : await connection.ended;
    } finally {
      await connection.close();
      if (!signal.aborted) {
        for (const { name } of this.forwards) this.board.lost(name, 'no ssh connection');
      }
      this.publish({ sshPid: undefined, isKafkaUp: false });
    }
  }

  /** Checks all forwards in turn until `over`; false when brokers turned up that need forwards. */
  private async watch(connection: Connection, over: AbortSignal): Promise<boolean> {
    const openedAt = performance.now();
    while (!over.aborted) {
      const isSettling = performance.now() - openedAt < this.times.settleMs;
      const faults = await this.checkAll(connection, over, isSettling);
      if (this.forwards.length > faults.known) return false;
      const waitMs =
        faults.count === 0 ? this.times.whileUpMs : isSettling ? settlingMs : this.times.whileDownMs;
      await sleep(waitMs, undefined, { signal: over }).catch(() => undefined);
    }
    return true;
  }

  private async checkAll(
    connection: Connection,
    over: AbortSignal,
    isSettling: boolean,
  ): Promise<{ count: number; known: number }> {
    const { forwards } = this;
    let count = 0;
    let isKafkaUp = false;
    for (const forward of forwards) {
      connection.takeRefusal();
      try {
        const { detail, cluster } = await orAborted(this.world.check(forward), over);
        if (over.aborted) break;
        this.hasWorked = true;
        this.backoff.reset();
        this.board.up(forward.name, `${route(forward)}  ${detail}`);
        isKafkaUp ||= forward.kind === 'kafka';
        if (cluster) await this.learnBrokers(cluster);
      } catch (error) {
        if (over.aborted) break;
        count += 1;
        if (!isSettling)
          this.board.down(forward.name, `${route(forward)}  ${reason(forward, connection, error)}`);
      }
    }
    if (!over.aborted) this.publish({ isKafkaUp });
    return { count, known: forwards.length };
  }

  private async learnBrokers({ brokers }: KafkaCluster): Promise<void> {
    const { map, missing } = brokerForwards(brokers, this.forwards);
    for (const { nodeId, host, port } of missing) {
      const target = { host, port };
      const localPort = await this.world.portFor({ nodeId, advertised: addressText(target) });
      this.forwards = [...this.forwards, { name: `kafka-${nodeId}`, kind: 'kafka', localPort, target }];
    }
    // Brokers that are away for a while keep their place.
    if (missing.length === 0) this.brokers = new Map([...(this.brokers ?? []), ...map]);
  }

  private publish(change: Partial<TunnelState>): void {
    const state = { ...this.state, ...change, brokers: this.brokers };
    const isSame = JSON.stringify(comparable(state)) === JSON.stringify(comparable(this.state));
    this.state = state;
    if (!isSame) this.world.publish(state);
  }
}

function comparable({ sshPid, isKafkaUp, brokers }: TunnelState): unknown[] {
  return [sshPid, isKafkaUp, [...(brokers ?? [])]];
}

function reason({ target }: Forward, connection: Connection, error: unknown): string {
  const refusal = connection.takeRefusal();
  return refusal === undefined
    ? faultText(error)
    : `the bastion cannot reach ${addressText(target)}: ${refusal}`;
}
