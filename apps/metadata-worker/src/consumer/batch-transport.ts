import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { StreamPosition } from '@libs/domain';

export type TopicPartition = Pick<StreamPosition, 'topic' | 'partition'>;

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
  /** Why batches are not delivered or not processed right now; undefined while all is well. */
  abstract get unhealthyReason(): string | undefined;

  /** Time since it last fetched or sent a heartbeat. */
  abstract get silentMs(): number;

  /** Resolves when the transport has stopped for good. */
  abstract get failed(): Promise<Error>;

  abstract override listen(callback: () => void): void;
  abstract override close(): Promise<void>;
}

/** Hands the error on as it is: Nest's own filter would drop its code and whether it is retriable. */
@Catch()
export class RethrowFilter implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** The name of a partition, for maps, logs and people. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
