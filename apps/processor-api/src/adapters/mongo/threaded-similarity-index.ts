import { Worker } from 'node:worker_threads';
import {
  PipelineError,
  ReadsNotConfigured,
  ReadTimeout,
  SimilarityIndex,
  StoreUnavailable,
  type ErrorCode,
  type Neighbours,
  type Reader,
  type SimilarityQuery,
} from '@libs/domain';
import type { Logger } from '@libs/platform';
import type { ReadSettings } from '../../config';
import type { PassReport } from '../vector-index/index-keeper';

const MIB = 1024 * 1024;

/** For the driver and what searches hold; the codes lie outside of the heap, ids and filters inside. */
const HEAP_MIB = 96;
const INDEX_SHARE_IN_HEAP = 4;

/** A thread that says nothing for so much longer than a read and its probe of the database may take hangs. */
const SPARE_MS = 3_000;

const NOTHING_HELD = { vectors: 0, bytes: 0 };

/** What the search thread is started with. */
export interface SearchThreadSettings {
  readonly reads: ReadSettings;
  readonly indexBytes: number;
}

/** To the thread. */
export interface SearchRequest {
  readonly number: number;
  readonly query: SimilarityQuery;
  readonly reader: Reader;
}

/** From the thread. */
export type SearchMessage =
  | { readonly kind: 'answer'; readonly number: number; readonly neighbours: Neighbours }
  | { readonly kind: 'fault'; readonly number: number; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'warning'; readonly fields: object; readonly message: string }
  | { readonly kind: 'pass'; readonly report: PassReport };

interface Waiting {
  readonly resolve: (neighbours: Neighbours) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * The index in a thread of its own, with a connection of its own: no search and no loading of the index delays a
 * request that is taken in. The thread is started by the first search, and again after it ended.
 */
export class ThreadedSimilarityIndex extends SimilarityIndex {
  private thread: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private lastHeld = NOTHING_HELD;

  /** Without settings every search is refused. */
  constructor(
    private readonly settings: SearchThreadSettings | undefined,
    private readonly logger: Logger,
  ) {
    super();
  }

  /** What the index held after the last pass over the database. */
  get held(): { readonly vectors: number; readonly bytes: number } {
    return this.lastHeld;
  }

  nearest(query: SimilarityQuery, { keyId }: Reader): Promise<Neighbours> {
    const { settings } = this;
    if (!settings) return Promise.reject(new ReadsNotConfigured());
    const thread = (this.thread ??= this.start(settings));
    const { timeoutMs } = settings.reads;
    const request: SearchRequest = { number: ++this.asked, query, reader: { keyId } };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(request.number);
        this.logger.error('the search thread hangs: ending it');
        void thread.terminate();
        reject(new ReadTimeout(timeoutMs));
      }, timeoutMs + SPARE_MS);
      this.waiting.set(request.number, { resolve, reject, timer });
      thread.postMessage(request);
    });
  }

  async stop(): Promise<void> {
    await this.thread?.terminate();
  }

  private start(settings: SearchThreadSettings): Worker {
    const thread = new Worker(require.resolve('./search-thread'), {
      workerData: settings,
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_MIB + Math.ceil(settings.indexBytes / MIB / INDEX_SHARE_IN_HEAP),
        maxYoungGenerationSizeMb: 16,
      },
    });
    thread.on('message', (message: SearchMessage) => {
      this.receive(message);
    });
    thread.on('error', (error) => {
      this.logger.error({ err: error }, 'the search thread ended');
    });
    thread.once('exit', () => {
      this.thread = undefined;
      this.lastHeld = NOTHING_HELD;
      for (const number of [...this.waiting.keys()]) this.takeWaiting(number)?.reject(new StoreUnavailable());
    });
    return thread;
  }

  private receive(message: SearchMessage): void {
    if (message.kind === 'pass') {
      const { error, ...report } = message.report;
      this.lastHeld = report;
      if (error)
        this.logger.warn({ ...report, err: error }, 'the search index could not be brought up to date');
      else this.logger.debug(report, 'search index');
      return;
    }
    if (message.kind === 'warning') {
      this.logger.warn(message.fields, message.message);
      return;
    }
    const waiting = this.takeWaiting(message.number);
    if (message.kind === 'answer') waiting?.resolve(message.neighbours);
    else waiting?.reject(new PipelineError(message.code, message.message));
  }

  private takeWaiting(number: number): Waiting | undefined {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}
