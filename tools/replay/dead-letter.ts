import { DEAD_LETTER_HEADERS, headerText } from '@libs/contracts';
import type { RawRecord } from '@libs/domain';
import { originOf } from './replayed-record';
import { keyText } from './key-text';

/** Anybody may have written the topic: what is no code of ours is none. */
const codePattern = /^[a-z_]{1,64}$/;

/** A dead letter as an operator reads it; times as RFC 3339, positions as PARTITION:OFFSET. */
export interface DeadLetterSummary {
  /** Of the letter on the dead-letter topic. */
  readonly position: string;
  readonly code: string;
  readonly key: string | null;
  readonly topic: string | null;
  /** Of the record that was refused. */
  readonly refused: string | null;
  /** Where that record was first published, of a replayed one. */
  readonly origin: string | null;
  readonly failedAt: string;
  readonly attempts: number | null;
  readonly message: string;
}

export function summaryOf(record: RawRecord): DeadLetterSummary {
  const { partition, offset } = record.position;
  const text = (name: keyof typeof DEAD_LETTER_HEADERS): string | undefined =>
    headerText(record, DEAD_LETTER_HEADERS[name]);
  const origin = originOf(record);
  const code = text('code') ?? '';
  const attempts = Number(text('attempts') ?? NaN);
  const refused = text('partition') === undefined ? null : `${text('partition')}:${text('offset') ?? '?'}`;
  return {
    position: `${partition}:${offset}`,
    code: codePattern.test(code) ? code : 'unknown',
    key: keyText(record) ?? null,
    topic: text('topic') ?? null,
    refused,
    origin: origin ? `${origin.partition}:${origin.offset}` : null,
    failedAt: text('failedAt') ?? record.timestamp.toISOString(),
    attempts: Number.isNaN(attempts) ? null : attempts,
    message: text('message') ?? '',
  };
}
