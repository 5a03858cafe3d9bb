import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replacePrivateFile } from '../../libs/platform/src/private-file';
import { processIdentity } from '../stack/process-identity';

/** A process as it can be recognized later. */
export interface KnownProcess {
  readonly pid: number;
  readonly startTime: string;
}

/** What a tunnel tells others of this machine; it holds no secret. */
export interface TunnelRecord {
  readonly supervisor: KnownProcess;
  readonly ssh: KnownProcess | null;
  /** For a human: who, where. */
  readonly bastion: string;
  /** Undefined where the tunnel does not forward Kafka, or has not reached it yet. */
  readonly kafka?: {
    /** Whether it answered when it was last asked. */
    readonly isUp: boolean;
    /** Advertised address → where it is reachable from here, as in KAFKA_BROKER_MAP. */
    readonly brokers: Readonly<Record<string, string>>;
  };
}

/** `run/tunnel.json` in STACK_DIR: written by the tunnel, read by whoever goes through it. */
export class TunnelFile {
  private readonly path: string;

  constructor(stackDir: string) {
    this.path = join(stackDir, 'run', 'tunnel.json');
  }

  /** All or nothing: a reader sees the old record or the new one. */
  write(record: TunnelRecord): void {
    mkdirSync(dirname(this.path), { recursive: true });
    replacePrivateFile(this.path, `${JSON.stringify(record, null, 2)}\n`);
  }

  /** What the latest tunnel wrote, whether it runs or not. */
  latest(): TunnelRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8')) as TunnelRecord;
    } catch {
      return undefined; // never written
    }
  }

  /** The record of the tunnel that runs now. */
  running(): TunnelRecord | undefined {
    const record = this.latest();
    return record !== undefined && isAlive(record.supervisor) ? record : undefined;
  }
}

/** The process of that number as it is now; undefined when there is none. */
export function knownProcess(pid: number | undefined): KnownProcess | undefined {
  const identity = pid === undefined ? undefined : processIdentity(pid);
  return pid === undefined || identity === undefined ? undefined : { pid, startTime: identity.startTime };
}

/** False when it ended, though another may have its number now. */
export function isAlive({ pid, startTime }: KnownProcess): boolean {
  return processIdentity(pid)?.startTime === startTime;
}
