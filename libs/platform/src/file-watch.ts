import { stat } from 'node:fs/promises';
import type { Clock } from '@libs/domain';

/** A change shows within this, plus the time to read. Polled: nothing tells of a change behind a mounted link. */
const POLL_MS = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Has files read again when one of them changes, and once a day, for what is true of them for a while only. */
export class FileWatch {
  private seen: string | undefined;
  private readAtMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly paths: readonly string[],
    private readonly clock: Clock,
  ) {}

  /** Resolves once `read`, which never rejects, has run for the first time. */
  async start(read: () => Promise<void>): Promise<void> {
    await this.look(read);
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.start(read), POLL_MS).unref();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async look(read: () => Promise<void>): Promise<void> {
    const seen = (await Promise.all(this.paths.map(stateOf))).join(' ');
    const nowMs = this.clock.now().getTime();
    if (seen === this.seen && nowMs - this.readAtMs < DAY_MS) return;
    // Noted before they are read: what changes meanwhile is a new state at the next look.
    this.seen = seen;
    this.readAtMs = nowMs;
    await read();
  }
}

/** Follows links: a mounted Secret is one, whose target is swapped. */
async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
