import type { Clock } from '@libs/domain';
import { FileWatch, type Logger } from '@libs/platform';
import { KeyRing, type ApiKey, type ExpiringKey } from '../key-ring';
import { readKeysFile, type KeyEntry } from './keys-file';
import { exposuresOf } from './keys-file-exposure';

type OnRead = (ids: readonly string[]) => void;
type Change = 'created' | 'rotated' | 'revoked' | 'changed' | 'removed';

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

  /** Keys that were not revoked. */
  get size(): number {
    return this.ring?.size ?? 0;
  }

  /** The key behind what a client sent, if it is good now. */
  find(sent: string): ApiKey | undefined {
    return this.ring?.find(sent, this.clock.now());
  }

  /** The keys that are good now and will not be in 14 days. */
  expiring(): readonly ExpiringKey[] {
    return this.ring?.expiring(this.clock.now()) ?? [];
  }

  /** Why the file as it is now is not used; undefined while it is. */
  get unhealthyReason(): string | undefined {
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
    const expiring = this.expiring();
    if (expiring.length > 0) this.logger.warn({ expiring }, 'API keys are about to expire: rotate them');
  }
}

/** The ids of what a new version of the keys file changes, whoever wrote it; kinds without any are left out. */
function keyChanges(
  before: readonly KeyEntry[],
  after: readonly KeyEntry[],
): Readonly<Partial<Record<Change, readonly string[]>>> {
  const [earlier, later] = [byId(before), byId(after)];
  const changes: Partial<Record<Change, string[]>> = {};
  for (const id of new Set([...earlier.keys(), ...later.keys()])) {
    const change = changeOf(earlier.get(id), later.get(id));
    if (change) (changes[change] ??= []).push(id);
  }
  return changes;
}

function changeOf(before: KeyEntry | undefined, after: KeyEntry | undefined): Change | undefined {
  if (after === undefined) return 'removed';
  if (before === undefined) return 'created';
  if (after.revokedAt !== undefined && before.revokedAt === undefined) return 'revoked';
  if (after.sha256 !== before.sha256) return 'rotated';
  return JSON.stringify(after) === JSON.stringify(before) ? undefined : 'changed';
}

function byId(keys: readonly KeyEntry[]): ReadonlyMap<string, KeyEntry> {
  return new Map(keys.map((entry) => [entry.id, entry]));
}
