import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';

/** Which try of the same batch this is, from 1. */
export class BatchContext extends BaseRpcContext<[attempt: number]> {
  get attempt(): number {
    return this.getArgByIndex(0) as number;
  }
}

/**
 * Delivers batches of RawRecord to `@EventPattern` handlers, in order for each partition. A batch whose handler
 * resolved is never delivered again by this process; one whose handler threw a retriable error is, until it resolves.
 */
export abstract class BatchTransport extends Server implements CustomTransportStrategy {
  /** Why batches are not delivered or not settled right now; undefined while all is well. */
  abstract get problem(): string | undefined;

  /** Time since it last fetched, sent a heartbeat, or tried again what waits for a dependency. */
  abstract get silentMs(): number;

  /** Settles when the transport has stopped for good. */
  abstract get failed(): Promise<Error>;

  abstract override listen(callback: () => void): void;
  abstract override close(): Promise<void>;
}
