import { stat } from 'node:fs/promises';
import type { Logger } from '@libs/platform';
import { KeyRing } from './key-ring';
import { readKeysFile } from './keys-file';

/** A change shows within this and the time to read the file. Polled: nothing tells of a change behind a mounted link. */
const POLL_MS = 500;
const MISSING = 'missing';

/** The keys of the keys file as it is now; a broken file leaves the last good ones in place. */
export class KeysWatch {
  private ring = KeyRing.empty;
  private fault: string | undefined;
  private seen: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly path: string,
    private readonly logger: Logger,
  ) {}

  get keys(): KeyRing {
    return this.ring;
  }

  /** Why the file as it is now is not used; undefined while it is. */
  get problem(): string | undefined {
    return this.fault;
  }

  /** Resolves once the file was read for the first time; `onRead` is told the ids of each version that is used. */
  async start(onRead: (ids: readonly string[]) => void): Promise<void> {
    await this.look(onRead);
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.start(onRead), POLL_MS).unref();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async look(onRead: (ids: readonly string[]) => void): Promise<void> {
    const state = await stateOf(this.path);
    if (state === this.seen) return;
    const isFirst = this.seen === undefined;
    // Noted before the file is read: what changes meanwhile is a new state at the next look.
    this.seen = state;
    try {
      this.ring = new KeyRing(await readKeysFile(this.path));
      this.fault = undefined;
      onRead(this.ring.ids);
      this.logger.info({ keys: this.ring.size }, isFirst ? 'API keys read' : 'API keys read again');
    } catch (error) {
      this.fault = (error as Error).message;
      this.logger.error({ fault: this.fault }, 'the file of API keys is broken: the last good keys stay');
    }
  }
}

/** Follows links: a mounted Secret is one, whose target is swapped. */
async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? MISSING : `unreadable: ${code}`;
  }
}
