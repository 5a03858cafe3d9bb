import type { Kafka } from 'kafkajs';
import type { RawRecord } from '@libs/domain';
import type { KafkaProducer } from '@libs/platform';
import { spanOf, type OffsetRange } from './offset-ranges';
import { ProgressLine } from './progress-line';
import { readRanges } from './range-reader';
import type { RateLimit } from './rate-limit';
import type { ReplayJournal } from './replay-journal';
import { Republisher, type Outgoing } from './republisher';
import { Tally } from './tally';
import { Triage, type ReplayPlan } from './triage';

const saveIntervalMs = 1_000;

/** What a run came to. */
export interface Outcome {
  readonly tally: Tally;
  readonly seconds: number;
  /** Offsets that retention took before they were read. */
  readonly expired: bigint;
}

/** Reads what a replay would publish, and publishes nothing. */
export function surveyReplay(
  kafka: Kafka,
  remaining: RemainingReplay,
  signal: AbortSignal,
): Promise<Outcome> {
  const { plan, positionOf } = remaining;
  const triage = new Triage(plan);
  return readThrough({ kafka, remaining, signal }, (records, tally) => {
    for (const record of records) {
      const verdict = triage.judge(record);
      if (record.position.offset >= positionOf(record.position.partition)) tally.note(record, verdict);
    }
    return Promise.resolve();
  });
}

/** Publishes what a journal says is left, and keeps the journal; an abort ends it after the request under way. */
export class Replay {
  private readonly triage: Triage;
  private readonly republisher: Republisher;
  private savedAtMs = 0;

  constructor(
    private readonly kafka: Kafka,
    private readonly journal: ReplayJournal,
    publishing: { readonly producer: KafkaProducer; readonly partitions: number; readonly rate: RateLimit },
  ) {
    const { producer, partitions, rate } = publishing;
    this.triage = new Triage(journal.plan);
    this.republisher = new Republisher(producer, { topic: journal.plan.topic, partitions }, rate);
  }

  async run(signal: AbortSignal): Promise<Outcome> {
    const { journal, kafka } = this;
    const remaining = {
      plan: journal.plan,
      positionOf: (partition: number) => journal.positionOf(partition),
    };
    try {
      return await readThrough({ kafka, remaining, signal }, (records, tally) =>
        this.take(records, { tally, signal }),
      );
    } finally {
      journal.save();
    }
  }

  private async take(
    records: readonly RawRecord[],
    { tally, signal }: { readonly tally: Tally; readonly signal: AbortSignal },
  ): Promise<void> {
    const { partition, offset: last } = records.at(-1)!.position;
    let waiting = this.choose(records, tally);
    while (waiting.length > 0) {
      if (signal.aborted) return;
      const request = this.republisher.nextRequest(waiting);
      const refused = await this.republisher.publish(request);
      tally.tooLarge.push(...refused.map(({ record }) => `${partition}:${record.position.offset}`));
      const published = request.length - refused.length;
      tally.notePublished(partition, published);
      this.journal.advance(partition, request.at(-1)!.record.position.offset + 1n, published);
      this.journal.save();
      waiting = waiting.slice(request.length);
    }
    this.journal.advance(partition, last + 1n, 0);
    this.saveNowAndThen();
  }

  private choose(records: readonly RawRecord[], tally: Tally): readonly Outgoing[] {
    return records.flatMap((record) => {
      // All are judged, so that a resumed replay knows the letters it has seen before.
      const verdict = this.triage.judge(record);
      if (record.position.offset < this.journal.positionOf(record.position.partition)) return [];
      tally.note(record, verdict);
      return verdict.kind === 'replay' ? [{ record, ...verdict }] : [];
    });
  }

  private saveNowAndThen(): void {
    if (performance.now() - this.savedAtMs < saveIntervalMs) return;
    this.savedAtMs = performance.now();
    this.journal.save();
  }
}

/** A plan and how far it has come. */
export interface RemainingReplay {
  readonly plan: ReplayPlan;
  readonly positionOf: (partition: number) => bigint;
}

interface Through {
  readonly kafka: Kafka;
  readonly remaining: RemainingReplay;
  readonly signal: AbortSignal;
}

async function readThrough(
  { kafka, remaining, signal }: Through,
  take: (records: readonly RawRecord[], tally: Tally) => Promise<void>,
): Promise<Outcome> {
  const startedAtMs = performance.now();
  const tally = new Tally();
  const ranges = rangesToRead(remaining);
  const progress = new ProgressLine(spanOf(ranges));
  try {
    const asked = { topic: remaining.plan.sourceTopic, ranges, signal };
    const expired = await readRanges(kafka, asked, async (records) => {
      await take(records, tally);
      progress.advance(records.length, tally.total('published'));
    });
    return { tally, expired, seconds: (performance.now() - startedAtMs) / 1_000 };
  } finally {
    progress.end();
  }
}

/** Letters are read from the start of their range each time: which are copies shows only from those before. */
function rangesToRead({ plan, positionOf }: RemainingReplay): OffsetRange[] {
  if (plan.sourceTopic !== plan.topic) return [...plan.ranges];
  return plan.ranges.map((range) => ({ ...range, from: positionOf(range.partition) }));
}
