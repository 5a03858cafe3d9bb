import { mongo } from 'mongoose';
import {
  isPipelineError,
  ReadsNotConfigured,
  ReadTimeout,
  StoreUnavailable,
  type Reader,
} from '@libs/domain';
import { isDatabaseFault } from '@libs/platform';
import { CircuitBreaker } from './circuit-breaker';
import { ReadSlots } from '../../read-slots';
import { documentsOf } from './stored-metadata.document';

/** Where reads go, and how long one may take. */
export interface ReadSource {
  readonly database: () => mongo.Db;
  readonly timeoutMs: number;
  /** Connections of the pool: more reads at one time would only wait inside the driver. */
  readonly poolSize: number;
}

/** Where the driver's reason for a failure goes; clients are told the code alone. */
export interface FailureLog {
  warn(fields: object, message: string): void;
}

/** What a read asks for. A database may be too slow for one kind and serve all others. */
export type ReadKind = 'document' | 'page' | 'latest' | 'hours' | 'gpus' | 'search';

/** One read: gets the database and what is left of its time, which belongs into each operation's `timeoutMS`. */
export type Read<T> = (database: mongo.Db, timeoutMS: number) => Promise<T>;

const CIRCUIT = { maxFailures: 5, pauseMs: 2_000 };
const WAITING_PER_SLOT = 4;
/** How long the database may take to show that it serves. */
const PROBE_TIMEOUT_MS = 1_000;

/**
 * Every read of the database passes here: few at one time, few that wait, both shared by the keys of the readers, and
 * none of its kind while the database keeps failing that kind. So a slow database costs its readers, and nobody else.
 *
 * A read that fails or takes too long may have asked too much, or what the database refuses: by itself it counts against
 * the database for nobody. The cheapest read there is, asked right after it, decides. A slow read may hold that up too,
 * so it decides about reads of the same kind alone.
 */
export class ReadDatabase {
  private readonly circuits = new Map<ReadKind, CircuitBreaker>();
  private readonly slots: ReadSlots;

  /** Without a source every read is refused. */
  constructor(
    private readonly source: ReadSource | undefined,
    private readonly log: FailureLog,
  ) {
    const running = source?.poolSize ?? 1;
    this.slots = new ReadSlots({ running, waiting: running * WAITING_PER_SLOT });
  }

  /** True while reads of any kind are refused at once. */
  get isRefusing(): boolean {
    return [...this.circuits.values()].some(({ isOpen }) => isOpen);
  }

  /**
   * Runs one read within the deadline of all reads, the wait for its turn included. One that failed is answered once the
   * database showed whether it serves, up to a second later.
   *
   * @throws ReadsNotConfigured, ReadsOverloaded, ReadTimeout, StoreUnavailable
   */
  async read<T>(kind: ReadKind, reader: Reader, read: Read<T>): Promise<T> {
    const { source } = this;
    if (!source) throw new ReadsNotConfigured();
    const { timeoutMs } = source;
    const deadline = performance.now() + timeoutMs;
    const circuit = this.circuitOf(kind);
    const work = async (): Promise<T> => {
      // Asked once it is its turn: what waited while the database failed need not try it too.
      if (!circuit.admits()) throw new StoreUnavailable();
      if (circuit.isOpen && !(await this.serves(circuit, source))) throw new StoreUnavailable();
      try {
        const leftMs = Math.floor(deadline - performance.now());
        if (leftMs < 1) throw new ReadTimeout(timeoutMs);
        const answer = await read(source.database(), leftMs);
        circuit.succeeded();
        return answer;
      } catch (cause) {
        const error = readFault(cause, timeoutMs);
        if (isPipelineError(error) && error.retriable) {
          const { name, message } = cause as Error;
          const fault = `${name}: ${message}`;
          this.log.warn({ kind, code: error.code, fault }, 'a read of the database failed');
          await this.serves(circuit, source);
        }
        throw error;
      }
    };
    return this.slots.run(reader, work, timeoutMs);
  }

  private circuitOf(kind: ReadKind): CircuitBreaker {
    const circuit = this.circuits.get(kind) ?? new CircuitBreaker(CIRCUIT);
    this.circuits.set(kind, circuit);
    return circuit;
  }

  /** Whether the database answers a read that costs it nothing; nothing else counts as its failure. */
  private async serves(circuit: CircuitBreaker, { database, timeoutMs }: ReadSource): Promise<boolean> {
    const options = { projection: { _id: 1 }, timeoutMS: Math.min(PROBE_TIMEOUT_MS, timeoutMs) };
    try {
      await documentsOf(database()).findOne({ _id: '' }, options);
      circuit.succeeded();
      return true;
    } catch {
      circuit.failed();
      return false;
    }
  }
}

/** MaxTimeMSExpired and the deadline's own error of servers that know it. */
const TIMED_OUT_CODES: readonly unknown[] = [50, 262];

/** What a fault of the driver means to a reader; anything else stays as it is. */
export function readFault(error: unknown, timeoutMs: number): unknown {
  if (error instanceof mongo.MongoOperationTimeoutError) {
    // An operation with a deadline of its own tells so even of a server that was not there to be selected.
    const isAway = error.cause instanceof mongo.MongoServerSelectionError;
    return isAway ? new StoreUnavailable({ cause: error }) : new ReadTimeout(timeoutMs, { cause: error });
  }
  if (!isDatabaseFault(error)) return error;
  return error instanceof mongo.MongoError && TIMED_OUT_CODES.includes(error.code)
    ? new ReadTimeout(timeoutMs, { cause: error })
    : new StoreUnavailable({ cause: error });
}
