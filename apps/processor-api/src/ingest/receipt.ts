import type { StreamPosition } from '@libs/domain';

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
