import { setTimeout as sleep } from 'node:timers/promises';
import type { MetadataCollection } from '../../src/adapters/mongo/mongo-metadata-store';

const POLL_MS = 200;
const IDS_AT_ONCE = 200;
const ANSWER_MS = 2_000;

/** Looks at contested documents all the while: an older event never takes the place of a newer one, not even shortly. */
export class BackwardWatch {
  /** Documents whose acceptedAt was seen to decrease. */
  readonly wentBack = new Set<string>();
  private readonly latest = new Map<string, Date>();
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>;

  constructor(
    private readonly documents: MetadataCollection,
    private readonly contested: ReadonlySet<string>,
  ) {
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.look().catch(() => undefined); // the database is down for a while in some scenarios
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const ids = [...this.contested].slice(-IDS_AT_ONCE);
    const options = { projection: { acceptedAt: 1 }, timeoutMS: ANSWER_MS };
    const found = await this.documents.find({ _id: { $in: ids } }, options).toArray();
    for (const { _id, acceptedAt } of found) {
      if (acceptedAt < (this.latest.get(_id) ?? acceptedAt)) this.wentBack.add(_id);
      this.latest.set(_id, acceptedAt);
    }
  }
}
