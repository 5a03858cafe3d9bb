import type { IdempotencyKey } from '@libs/contracts';
import type { PublishContext, StreamPosition } from '@libs/domain';
import { TRACEPARENT } from '@libs/platform';
import type { RecordRoute } from '../http/record-server';
import type { RequestInfo } from '../http/request-info';

/** Where records are POSTed; without a version the first one is meant. */
export const RECORD_PATHS = {
  metadata: ['/v1/metadata', '/metadata'],
  batch: ['/v1/metadata/batch', '/metadata/batch'],
  gpuMetrics: ['/v1/gpu-metrics'],
  tokenUsage: ['/v1/token-usage'],
} as const;

/** The routes that `RecordServer` answers. */
export class RecordRoutes {
  constructor(readonly all: readonly RecordRoute[]) {}
}

/** Where and when an event was accepted, as the answers tell it. */
export interface ReceiptBody {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly acceptedAt: string;
}

export function receiptBody({ topic, partition, offset }: StreamPosition, acceptedAt: Date): ReceiptBody {
  return { topic, partition, offset: Number(offset), acceptedAt: acceptedAt.toISOString() };
}

/** The trace context that a request brought, where it is a valid one. */
export function publishContextOf(request: RequestInfo): PublishContext {
  const traceparent = singleHeader(request, 'traceparent') ?? '';
  return TRACEPARENT.test(traceparent) ? { traceparent } : {};
}

/** Which event the header of a request names, if it has one. */
export function idempotencyKeyOf(request: RequestInfo): IdempotencyKey | undefined {
  const header = singleHeader(request, 'idempotency-key');
  return header === undefined ? undefined : { header, keyId: request.caller.keyId };
}

/** A header as one text, however often it was sent. */
function singleHeader(request: RequestInfo, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
