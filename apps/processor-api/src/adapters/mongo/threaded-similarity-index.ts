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
import type { IndexReport } from '../../search/index-keeper';

const MIB = 1024 * 1024;

/** Heap for the driver and what searches hold; of short vectors nearly all of the index lies in the heap too. */
const HEAP_MIB = 96;

/** A thread that says nothing for so much longer than a read and its probe of the database may take hangs. */
const SPARE_MS = 3_000;

const NOTHING_HELD: IndexReport = { isLoaded: false, vectors: 0, documents: 0, bytes: 0 };

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
  | { readonly kind: 'index'; readonly report: IndexReport };

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
  private lastReport = NOTHING_HELD;

  /** Without settings every search is refused. */
  constructor(
    private readonly settings: SearchThreadSettings | undefined,
    private readonly logger: Logger,
  ) {
    super();
  }

  /** How far the index is; the first search starts loading it. */
  get report(): IndexReport {
    return this.lastReport;
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
        maxOldGenerationSizeMb: HEAP_MIB + Math.ceil(settings.indexBytes / MIB),
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
      this.lastReport = NOTHING_HELD;
      for (const number of [...this.waiting.keys()]) this.takeWaiting(number)?.reject(new StoreUnavailable());
    });
    return thread;
  }

  private receive(message: SearchMessage): void {
    if (message.kind === 'index') {
      const { report } = message;
      if (report.isLoaded && !this.lastReport.isLoaded) this.logger.info(report, 'search index loaded');
      this.lastReport = report;
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
