import { deadLetterTopic, GPU_METADATA_TOPIC, parseTimestamp, timestampFault } from '@libs/contracts';
import { UsageError } from './replay-error';

/** What the command line gives, as commander reads it. */
export interface SelectionOptions {
  readonly topic?: string;
  readonly all?: boolean;
  readonly dlq?: boolean;
  readonly partition?: string;
  readonly fromOffset?: string;
  readonly toOffset?: string;
  readonly from?: string;
  readonly to?: string;
  readonly eventId?: readonly string[];
  readonly code?: readonly string[];
}

/** Which records are meant. Ends are exclusive; what is undefined bounds nothing. */
export interface Selection {
  /** The topic replayed to. */
  readonly topic: string;
  /** The topic read: the same one, or its dead letters. */
  readonly sourceTopic: string;
  readonly partition: number | undefined;
  readonly fromOffset: bigint | undefined;
  readonly toOffset: bigint | undefined;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  /** Keys; empty: every key. */
  readonly eventIds: readonly string[];
  /** Codes of dead letters; empty: every code. */
  readonly codes: readonly string[];
}

/** Names of the options that narrow a selection, in the order of the help. */
const narrowing = {
  partition: '--partition',
  fromOffset: '--from-offset',
  toOffset: '--to-offset',
  from: '--from',
  to: '--to',
  eventId: '--event-id',
  code: '--code',
} as const satisfies Partial<Record<keyof SelectionOptions, string>>;

/** The options that say what to replay and are given. */
export function givenSelection(options: SelectionOptions): string[] {
  const all = { topic: '--topic', all: '--all', dlq: '--dlq', ...narrowing };
  return namesGiven(options, all);
}

/** @throws UsageError that names every fault */
export function parseSelection(options: SelectionOptions): Selection {
  const faults = [...contradictions(options), ...valueFaults(options)];
  if (faults.length > 0) {
    throw new UsageError(faults.join('\n'), 'See npm run replay -- --help for the ways to select.');
  }
  const topic = options.topic ?? GPU_METADATA_TOPIC;
  return {
    topic,
    sourceTopic: options.dlq ? deadLetterTopic(topic) : topic,
    partition: options.partition === undefined ? undefined : Number(options.partition),
    fromOffset: optional(options.fromOffset, BigInt),
    toOffset: optional(options.toOffset, BigInt),
    from: optional(options.from, parseTimestamp),
    to: optional(options.to, parseTimestamp),
    eventIds: options.eventId ?? [],
    codes: options.code ?? [],
  };
}

function contradictions(options: SelectionOptions): string[] {
  const narrowed = namesGiven(options, narrowing);
  const hasOffset = options.fromOffset !== undefined || options.toOffset !== undefined;
  const hasTime = options.from !== undefined || options.to !== undefined;
  const isBare = options.all !== true && options.dlq !== true && narrowed.length === 0;
  return [
    ...(isBare
      ? [
          'Nothing is selected: give --partition with offsets, --from and --to, --event-id, --dlq, or --all for the whole topic.',
        ]
      : []),
    ...(options.all && narrowed.length > 0
      ? [`--all means everything and contradicts ${narrowed.join(', ')}: leave one out.`]
      : []),
    ...(hasOffset && options.partition === undefined
      ? ['Offsets count within one partition: add --partition.']
      : []),
    ...(hasOffset && hasTime ? ['Select by offset or by time, not by both.'] : []),
    ...(options.code && !options.dlq ? ['Only dead letters have codes: add --dlq to --code.'] : []),
    ...(options.topic?.endsWith('.dlq')
      ? [`Name the topic itself and add --dlq: --topic ${options.topic.replace(/\.dlq$/, '')} --dlq.`]
      : []),
  ];
}

function valueFaults(options: SelectionOptions): string[] {
  const isPartition = (text: string): boolean => /^\d{1,9}$/.test(text);
  const isOffset = (text: string): boolean => /^\d{1,18}$/.test(text);
  const single = [
    fault('--partition', options.partition, isPartition, 'must be a partition number'),
    fault('--from-offset', options.fromOffset, isOffset, 'must be an offset'),
    fault('--to-offset', options.toOffset, isOffset, 'must be an offset'),
    timeFault('--from', options.from),
    timeFault('--to', options.to),
  ].filter((found) => found !== undefined);
  if (single.length > 0) return single;
  const { fromOffset, toOffset, from, to } = options;
  return [
    ...(fromOffset !== undefined && toOffset !== undefined && BigInt(fromOffset) >= BigInt(toOffset)
      ? ['--to-offset must be past --from-offset: it is the first offset that is not replayed.']
      : []),
    ...(from !== undefined && to !== undefined && parseTimestamp(from)! >= parseTimestamp(to)!
      ? ['--to must be later than --from.']
      : []),
  ];
}

function fault(
  name: string,
  value: string | undefined,
  isValid: (text: string) => boolean,
  message: string,
): string | undefined {
  return value === undefined || isValid(value) ? undefined : `${name} ${message}; got "${value}".`;
}

function timeFault(name: string, value: string | undefined): string | undefined {
  const wrong = value === undefined ? undefined : timestampFault(value);
  if (wrong === undefined) return undefined;
  return `${name} must be a time such as 2026-11-21T05:00:00Z (RFC 3339): ${wrong}; got "${value}".`;
}

function namesGiven(
  options: SelectionOptions,
  names: Partial<Record<keyof SelectionOptions, string>>,
): string[] {
  return Object.entries(names)
    .filter(([option]) => options[option as keyof SelectionOptions] !== undefined)
    .map(([, name]) => name);
}

function optional<Value>(text: string | undefined, parse: (text: string) => Value): Value | undefined {
  return text === undefined ? undefined : parse(text);
}
