import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';

/** How often the next records of the partition were tried, this time included. */
export class BatchContext extends BaseRpcContext<[attempt: number]> {
  get attempt(): number {
    return this.getArgByIndex(0) as number;
  }
}

/**
 * Delivers batches of RawRecord to `@EventPattern` handlers, in order for each partition. A batch whose handler
 * resolved is never delivered again by this process; the records of one whose handler threw a retriable error are, in
 * batches that may be cut elsewhere, until a handler resolved for them.
 */
export abstract class BatchTransport extends Server implements CustomTransportStrategy {
  /** Why batches are not delivered or not settled right now; undefined while all is well. */
  abstract get problem(): string | undefined;

  /** Time since it last fetched or sent a heartbeat. */
  abstract get silentMs(): number;

  /** Settles when the transport has stopped for good. */
  abstract get failed(): Promise<Error>;

  abstract override listen(callback: () => void): void;
  abstract override close(): Promise<void>;
}
