import type { Clock } from '@libs/domain';
import { FileWatch, type Logger } from '@libs/platform';
import { keyChanges } from './key-changes';
import { KeyRing } from '../key-ring';
import { readKeysFile } from './keys-file';
import { exposuresOf } from './keys-file-exposure';

type OnRead = (ids: readonly string[]) => void;

/** The keys of the keys file as it is now; a broken file leaves the last good ones in place. */
export class KeysWatch {
  private ring: KeyRing | undefined;
  private fault: string | undefined;
  private readonly files: FileWatch;

  constructor(
    private readonly path: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.files = new FileWatch([path], clock);
  }

  get keys(): KeyRing {
    return this.ring ?? KeyRing.empty;
  }

  /** Why the file as it is now is not used; undefined while it is. */
  get problem(): string | undefined {
    return this.fault;
  }

  /** Resolves once the file was read for the first time; `onRead` is told the ids of each version that is used. */
  start(onRead: OnRead): Promise<void> {
    return this.files.start(async () => {
      await this.read(onRead);
      await this.warn();
    });
  }

  stop(): void {
    this.files.stop();
  }

  private async read(onRead: OnRead): Promise<void> {
    try {
      const [before, now] = [this.ring, new KeyRing(await readKeysFile(this.path))];
      this.ring = now;
      this.fault = undefined;
      onRead(now.ids);
      if (before === undefined) this.logger.info({ keys: now.size }, 'API keys read');
      else
        this.logger.info(
          { keys: now.size, ...keyChanges(before.entries, now.entries) },
          'API keys read again',
        );
    } catch (error) {
      this.fault = (error as Error).message;
      this.logger.error({ fault: this.fault }, 'the file of API keys is broken: the last good keys stay');
    }
  }

  private async warn(): Promise<void> {
    for (const exposure of await exposuresOf(this.path)) {
      this.logger.warn({ exposure }, 'others may change the API keys');
    }
    const expiring = this.keys.expiring(this.clock.now());
    if (expiring.length > 0) this.logger.warn({ expiring }, 'API keys are about to expire: rotate them');
  }
}
