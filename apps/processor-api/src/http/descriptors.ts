import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Logger } from '@libs/platform';

/** What the process needs besides: it listens on 64, then Kafka, the database, files, connections that are being closed. */
const RESERVED_DESCRIPTORS = 512;
const LOOK_MS = 100;
const LOG_MS = 60_000;

/** As many as MAX_CONNECTIONS, or as few as the process may have descriptors for, which it warns of. */
export function affordableConnections(
  maxConnections: number,
  logger: Logger,
  descriptorLimit = readDescriptorLimit(),
): number {
  const affordable = Math.max(descriptorLimit - RESERVED_DESCRIPTORS, 1);
  if (affordable >= maxConnections) return maxConnections;
  logger.warn(
    { descriptorLimit, maxConnections, affordable },
    `the descriptor limit leaves room for ${affordable} connections: ` +
      `raise it (ulimit -n) to ${maxConnections + RESERVED_DESCRIPTORS}, or lower MAX_CONNECTIONS`,
  );
  return affordable;
}

/** Infinity where the system has no /proc. */
function readDescriptorLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return Number(soft ?? Infinity);
  } catch {
    return Infinity;
  }
}

/**
 * Logs when the process has no free descriptor. libuv then closes the connections that wait to be accepted and tells
 * nobody (uv__emfile_trick), or, where it cannot do that, the server has an error.
 */
export class DescriptorWatch {
  private timer: NodeJS.Timeout | undefined;
  private loggedAt = -Infinity;

  constructor(
    private readonly logger: Logger,
    private readonly open: () => void = openOne,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      try {
        this.open();
      } catch (error) {
        this.report(error as Error);
      }
    }, LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Logs at most once a minute why no connection can be accepted. */
  report(error: Error): void {
    if (performance.now() - this.loggedAt < LOG_MS) return;
    this.loggedAt = performance.now();
    this.logger.error(
      { err: error },
      'connections are closed without an answer: raise the descriptor limit (ulimit -n), or lower MAX_CONNECTIONS',
    );
  }
}

function openOne(): void {
  closeSync(openSync('/dev/null', 'r'));
}
