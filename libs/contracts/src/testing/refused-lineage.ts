import type { ViolationCode } from '@libs/domain';

type Json = Record<string, unknown>;

/** A body that a lineage contract refuses, with where and why. */
export interface RefusedLineage {
  readonly name: string;
  readonly body: unknown;
  /** JSON text where an object literal cannot say it (`__proto__`, 1e999). */
  readonly text?: string;
  readonly faults: readonly (readonly [pointer: string, code: ViolationCode])[];
  /** The fault needs the clock or an offset's arithmetic: JSON Schema cannot say it. */
  readonly beyondSchema?: true;
}

/** A reading with every named field; `undefined` leaves a field out. */
export function gpuMetricsBody(changes: Json = {}): Json {
  return {
    host: 'node-1',
    gpu_index: 0,
    utilization: 87.5,
    mem_used_mb: 10240,
    power_w: 250.5,
    ts: '2026-11-21T05:39:39.000Z',
    ...changes,
  };
}

/** A usage with every named field; `undefined` leaves a field out. */
export function tokenUsageBody(changes: Json = {}): Json {
  return {
    event_id: '0198f0c0-0000-7000-8000-000000000001',
    model: 'llama-3-8b',
    prompt_tokens: 512,
    completion_tokens: 128,
    ts: '2026-11-21T05:39:39.000Z',
    cost_per_token: 0.0000002,
    ...changes,
  };
}

type Refuse = (name: string, changes: Json, ...faults: RefusedLineage['faults']) => RefusedLineage;

const refusing =
  (bodyOf: (changes: Json) => Json): Refuse =>
  (name, changes, ...faults) => ({ name, body: bodyOf(changes), faults });

const fields = (count: number): Json =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, index]));
const hoursAhead = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

interface TextField {
  readonly key: string;
  /** JSON that no object literal can say. */
  readonly value: string;
  readonly code: ViolationCode;
}

function withText(name: string, body: Json, { key, value, code }: TextField): RefusedLineage {
  const text = `{"${key}":${value},${JSON.stringify({ ...body, [key]: undefined }).slice(1)}`;
  return { name, text, body: JSON.parse(text) as unknown, faults: [[`/${key}`, code]] };
}

/** What both contracts refuse alike. */
function refusedByBoth(bodyOf: (changes?: Json) => Json): RefusedLineage[] {
  const refused = refusing(bodyOf);
  return [
    { name: 'an array at the top', body: [], faults: [['', 'wrong_type']] },
    { name: 'null at the top', body: null, faults: [['', 'wrong_type']] },
    refused('no ts', { ts: undefined }, ['/ts', 'required']),
    refused('null as ts', { ts: null }, ['/ts', 'wrong_type']),
    refused('seconds as ts', { ts: 1763703579 }, ['/ts', 'wrong_type']),
    refused('ts without offset', { ts: '2026-11-21T05:39:39' }, ['/ts', 'invalid_format']),
    refused('30 February', { ts: '2026-02-30T05:39:39Z' }, ['/ts', 'invalid_format']),
    {
      ...refused('year 1999', { ts: '1999-12-31T23:59:59Z' }, ['/ts', 'invalid_format']),
      beyondSchema: true,
    },
    { ...refused('ts 25 hours ahead', { ts: hoursAhead(25) }, ['/ts', 'in_future']), beyondSchema: true },
    refused('65 fields that it does not name', fields(65), ['', 'out_of_range']),
    refused('an object in another field', { a: {} }, ['/a', 'wrong_type']),
    refused('an array in another field', { a: [1] }, ['/a', 'wrong_type']),
    refused('another text of 1025', { a: 'x'.repeat(1025) }, ['/a', 'out_of_range']),
    refused('half a surrogate pair in another field', { a: '\udc00' }, ['/a', 'invalid_format']),
    ...['$where', 'a%2Eb', 'a\tb', 'naïve', '', 'n'.repeat(129)].map((name) =>
      refused(`the name ${JSON.stringify(name)}`, { [name]: 1 }, [
        `/${name.slice(0, 128)}`,
        'invalid_format',
      ]),
    ),
    ...['_id', '_bsontype', 'processedAt', 'pipeline', 'constructor'].map((name) =>
      refused(`the name ${name}`, { [name]: 'x' }, [`/${name}`, 'unknown_field']),
    ),
    withText('the name __proto__', bodyOf(), { key: '__proto__', value: '1', code: 'unknown_field' }),
    withText('another number past double', bodyOf(), { key: 'a', value: '1e999', code: 'not_finite' }),
  ];
}

const metrics = refusing(gpuMetricsBody);
const usage = refusing(tokenUsageBody);

/** Every way to break the contract of `gpu.metrics.v1`, each with the exact pointer and code. */
export const REFUSED_GPU_METRICS: readonly RefusedLineage[] = [
  ...refusedByBoth(gpuMetricsBody),
  ...['host', 'gpu_index', 'utilization', 'mem_used_mb', 'power_w'].map((name) =>
    metrics(`no ${name}`, { [name]: undefined }, [`/${name}`, 'required']),
  ),
  metrics('a name misspelt', { utilization: undefined, utilisation: 1 }, ['/utilization', 'required']),
  metrics('null as host', { host: null }, ['/host', 'wrong_type']),
  metrics('an empty host', { host: '' }, ['/host', 'out_of_range']),
  metrics('a host of 254', { host: 'h'.repeat(254) }, ['/host', 'out_of_range']),
  metrics('null as gpu_index', { gpu_index: null }, ['/gpu_index', 'wrong_type']),
  metrics('a negative gpu_index', { gpu_index: -1 }, ['/gpu_index', 'out_of_range']),
  metrics('GPU 1024', { gpu_index: 1024 }, ['/gpu_index', 'out_of_range']),
  metrics('a fraction as gpu_index', { gpu_index: 0.5 }, ['/gpu_index', 'wrong_type']),
  metrics('a text as gpu_index', { gpu_index: '0' }, ['/gpu_index', 'wrong_type']),
  metrics('a negative utilization', { utilization: -0.1 }, ['/utilization', 'out_of_range']),
  metrics('a utilization past 100 %', { utilization: 100.1 }, ['/utilization', 'out_of_range']),
  metrics('"NaN" as utilization', { utilization: 'NaN' }, ['/utilization', 'wrong_type']),
  metrics('negative memory', { mem_used_mb: -1 }, ['/mem_used_mb', 'out_of_range']),
  metrics('a text as power', { power_w: '250 W' }, ['/power_w', 'wrong_type']),
  withText('power past double', gpuMetricsBody(), { key: 'power_w', value: '1e999', code: 'not_finite' }),
  metrics(
    'several faults at once',
    { host: 7, gpu_index: undefined, power_w: -1, ts: 'today', a: [], pipeline: null },
    ['/host', 'wrong_type'],
    ['/gpu_index', 'required'],
    ['/power_w', 'out_of_range'],
    ['/ts', 'invalid_format'],
    ['/a', 'wrong_type'],
    ['/pipeline', 'unknown_field'],
  ),
];

/** Every way to break the contract of `token.usage.v1`, each with the exact pointer and code. */
export const REFUSED_TOKEN_USAGE: readonly RefusedLineage[] = [
  ...refusedByBoth(tokenUsageBody),
  ...['model', 'prompt_tokens', 'completion_tokens'].map((name) =>
    usage(`no ${name}`, { [name]: undefined }, [`/${name}`, 'required']),
  ),
  usage('a name as event_id', { event_id: 'call-1' }, ['/event_id', 'invalid_format']),
  usage('a number as event_id', { event_id: 7 }, ['/event_id', 'wrong_type']),
  usage('the nil UUID', { event_id: '00000000-0000-0000-0000-000000000000' }, [
    '/event_id',
    'invalid_format',
  ]),
  usage('an empty model', { model: '' }, ['/model', 'out_of_range']),
  usage('a model of 129', { model: 'm'.repeat(129) }, ['/model', 'out_of_range']),
  ...['prompt_tokens', 'completion_tokens'].flatMap((name) => [
    usage(`null as ${name}`, { [name]: null }, [`/${name}`, 'wrong_type']),
    usage(`negative ${name}`, { [name]: -1 }, [`/${name}`, 'out_of_range']),
    usage(`${name} past 2^53 - 1`, { [name]: 2 ** 53 }, [`/${name}`, 'out_of_range']),
    usage(`a fraction as ${name}`, { [name]: 1.5 }, [`/${name}`, 'wrong_type']),
  ]),
  usage('a negative cost', { cost_per_token: -0.1 }, ['/cost_per_token', 'out_of_range']),
  usage('a text as cost', { cost_per_token: '0.1' }, ['/cost_per_token', 'wrong_type']),
  withText('a cost past double', tokenUsageBody(), {
    key: 'cost_per_token',
    value: '1e999',
    code: 'not_finite',
  }),
];
