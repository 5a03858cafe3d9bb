import { KafkaProducer } from '@libs/platform';
import { reasonOf } from '../console/reason-of';
import { isFaultOfKafka } from './command-line';
import { replayConfig } from './config';
import { connect, type Connection } from './connection';
import { Interruption } from '../console/interruption';
import { heldOffsets, resolveRanges } from './offset-ranges';
import { RateLimit } from './rate-limit';
import { Replay, surveyReplay, type Outcome, type RemainingReplay } from './replay';
import { exitCodes, ReplayError, UsageError } from './replay-error';
import { ReplayJournal } from './replay-journal';
import { describeOutcome, describePlan, describeSurvey } from './report';
import { givenSelection, parseSelection, type SelectionOptions } from './selection';
import type { ReplayPlan } from './triage';

export interface ReplayOptions extends SelectionOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly rate: number;
  /** True: list what can be resumed. */
  readonly resume?: string | true;
}

/** Sets the exit code where it is not 0; @throws ReplayError, and what kafkajs gives up with */
export async function replay(options: ReplayOptions): Promise<void> {
  const config = replayConfig();
  refuseContradictions(options);
  if (options.resume === true) {
    listResumable(config.journalDir);
    return;
  }
  const selection = options.resume === undefined ? parseSelection(options) : undefined;
  const resumed =
    options.resume === undefined ? undefined : ReplayJournal.open(config.journalDir, options.resume);
  const connection = await connect(config.kafka);
  if (resumed !== undefined && resumed.clusterId !== connection.clusterId) {
    throw new ReplayError(
      `Replay ${resumed.id} was started on another Kafka than ${config.kafka.brokers.join(',')}.`,
      'Set KAFKA_BROKERS to where it was started.',
    );
  }
  const plan = resumed?.plan ?? (await planOf(connection, selection!));
  console.log(describePlan(plan));
  if (options.yes) {
    const { length: partitions } = await heldOffsets(connection.admin, plan.topic);
    const journal = resumed ?? ReplayJournal.create(config.journalDir, plan, connection.clusterId);
    await publish(connection, journal, { partitions, perSecond: options.rate });
  } else {
    const startOf = new Map(plan.ranges.map(({ partition, from }) => [partition, from]));
    const positionOf = (partition: number): bigint =>
      resumed?.positionOf(partition) ?? startOf.get(partition) ?? 0n;
    await survey(connection, { plan, positionOf }, options);
  }
}

function refuseContradictions(options: ReplayOptions): void {
  if (options.dryRun && options.yes) {
    throw new UsageError('--dry-run writes nothing and --yes lets it write.', 'Leave one of them out.');
  }
  const given = givenSelection(options);
  if (options.resume !== undefined && given.length > 0) {
    throw new UsageError(
      `--resume goes on with what was selected at the start and contradicts ${given.join(', ')}.`,
      'Leave one of them out.',
    );
  }
}

function listResumable(dir: string): void {
  const ids = ReplayJournal.list(dir);
  if (ids.length === 0) console.log(`No interrupted replay in ${dir}.`);
  for (const id of ids) {
    const journal = ReplayJournal.open(dir, id);
    console.log(
      `${id}  ${journal.published} published since ${journal.startedAt}; ${describePlan(journal.plan)}`,
    );
  }
}

async function planOf(
  { admin }: Connection,
  selection: ReturnType<typeof parseSelection>,
): Promise<ReplayPlan> {
  const { ranges, notes } = await resolveRanges(admin, selection);
  for (const note of notes) console.log(note);
  const { topic, sourceTopic, eventIds, codes } = selection;
  return { topic, sourceTopic, eventIds, codes, ranges };
}

async function survey(
  { kafka }: Connection,
  remaining: RemainingReplay,
  options: ReplayOptions,
): Promise<void> {
  const interruption = new Interruption();
  const { plan } = remaining;
  const { tally } = await surveyReplay(kafka, remaining, interruption.signal);
  if (interruption.exitCode !== undefined) {
    process.exitCode = interruption.exitCode;
    console.error('Interrupted before everything was counted. Nothing was written.');
    return;
  }
  console.log(describeSurvey(tally));
  const selected = tally.total('selected');
  if (options.dryRun || selected === 0) {
    console.log(`${selected} record(s) to replay. Nothing was written.`);
    return;
  }
  throw new ReplayError(
    `This would publish ${selected} record(s) to ${plan.topic}. Nothing was written.`,
    plan.sourceTopic !== plan.topic
      ? 'Look at them first: the same with --dry-run, and npm run dlq -- list. Then run it with --yes.'
      : 'Run the same with --yes to publish them.',
    { exitCode: exitCodes.refused },
  );
}

async function publish(
  { kafka, logger }: Connection,
  journal: ReplayJournal,
  { partitions, perSecond }: { readonly partitions: number; readonly perSecond: number },
): Promise<void> {
  const producer = new KafkaProducer(kafka, logger);
  const interruption = new Interruption();
  const rate = new RateLimit(perSecond);
  console.log(`Replay ${journal.id}, at most ${perSecond} records a second`);
  void producer.start();
  try {
    const outcome = await new Replay(kafka, journal, { producer, partitions, rate }).run(interruption.signal);
    end(journal, outcome, interruption);
  } catch (cause) {
    if (!isFaultOfKafka(cause) && !(cause instanceof ReplayError)) throw cause;
    const message = `The replay stopped: ${reasonOf(cause)}\n${toResume(journal)}`;
    throw new ReplayError(message, 'See whether Kafka is up.', { cause });
  } finally {
    await producer.stop();
  }
}

function end(journal: ReplayJournal, outcome: Outcome, { exitCode }: Interruption): void {
  const { tally } = outcome;
  console.log(describeOutcome(outcome));
  if (exitCode !== undefined) {
    process.exitCode = exitCode;
    console.error(`Interrupted. ${toResume(journal)}`);
    return;
  }
  journal.remove();
  if (journal.published > tally.total('published')) {
    console.log(`${journal.published} published since it was started at ${journal.startedAt}.`);
  }
  if (tally.tooLarge.length + tally.partial.length > 0) process.exitCode = exitCodes.failed;
}

function toResume(journal: ReplayJournal): string {
  return `${journal.published} record(s) are published; go on with: npm run replay -- --resume ${journal.id} --yes`;
}
