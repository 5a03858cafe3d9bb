import { GPU_METADATA_TOPICS } from '@libs/contracts';
import type { ScenarioResult } from '../scenarios/scenario';
import type { FigureName } from './figure-titles';
import { markdownTable } from './markdown-table';
import { medianAt } from './median-at';
import { recordSizes, type RecordSizes } from './record-sizes';

const rates = [1_000, 10_000, 100_000];
const dimension = 2_048;

/** What is assumed where nothing was measured; each stands on the page. */
const assumed = {
  /** Share of a core that a replica may use, so that it bears a burst and the loss of a neighbour. */
  utilization: 0.6,
  replication: 3,
  leastReplicas: 2,
  leastBrokers: 3,
  coresPerBroker: 4,
  /** Bytes a second that one broker may write, its copies for others included. */
  brokerBytesPerSecond: 125_000_000,
  topicDays: 7,
} as const;
const secondsPerDay = 86_400;
const giga = 1e9;

/** What the bench measured of one record, medians in milliseconds of a core and MiB. */
interface Costs {
  readonly apiMs: Readonly<Record<Form, number>>;
  readonly apiMib: number;
  readonly brokerMs: number;
  readonly workerMs: number;
  readonly workerMib: number;
  readonly databaseMs: number;
}

type Form = 'json' | 'packed' | 'batch';
const forms: readonly Form[] = ['json', 'packed', 'batch'];

/** docs/capacity.md, reckoned from what the bench measured and from the sizes of its records alone. */
export function capacityPage(results: readonly ScenarioResult[]): string {
  const costs = costsOf(results);
  const sizes = recordSizes(dimension);
  return `${[
    '# Capacity',
    '',
    `What a rate of records needs, each with ${dimension} floats. \`make bench\` writes this page from`,
    '[what it measured](performance.md) and from the sizes of its records; no number is written by hand. One core here is',
    'one core of the machine that was measured.',
    '',
    '## One record',
    '',
    ...markdownTable(['', 'a record'], recordRows(costs, sizes)),
    '',
    '## By rate',
    '',
    ...markdownTable(
      ['', ...rates.map((rate) => `${rate} records/s`)],
      needRows(costs, sizes).map(([name, of]) => [name, ...rates.map(of)]),
    ),
    '',
    '## Assumed, not measured',
    '',
    `- A replica uses at most ${percent(assumed.utilization)} of its core; there are always ${assumed.leastReplicas} of each.`,
    `- Topics are kept ${assumed.replication}-fold, on brokers of ${assumed.coresPerBroker} cores that write up to ${megabytes(assumed.brokerBytesPerSecond)}, their copies included. A copy costs a broker as much as a record that came from the API.`,
    '- The database is the one of the bench. DocumentDB and Atlas were not measured: take the bulk writes a second that',
    '  `npm run bench -- --scenario sink` finds there in its place.',
    '- Consumers are two: worker and archive. S3 takes what the topic holds, compressed less.',
    '',
    '## What gives way first',
    '',
    ...limits(costs, sizes),
  ].join('\n')}\n`;
}

function costsOf(results: readonly ScenarioResult[]): Costs {
  const ingest = (form: Form, figure: FigureName): number =>
    medianAt({ scenario: `ingest-${form}`, contestant: `ours, ${form}`, figure }, results);
  const sink = (figure: FigureName): number =>
    medianAt({ scenario: 'sink', contestant: 'ours', figure }, results);
  return {
    apiMs: {
      json: ingest('json', 'processorMs'),
      packed: ingest('packed', 'processorMs'),
      batch: ingest('batch', 'processorMs'),
    },
    apiMib: Math.max(...forms.map((form) => ingest(form, 'rssMib'))),
    brokerMs: ingest('packed', 'brokerMs'),
    workerMs: sink('processorMs'),
    workerMib: sink('peakRssMib'),
    databaseMs: sink('databaseMs'),
  };
}

function recordRows(costs: Costs, sizes: RecordSizes): string[][] {
  return [
    ['POST, JSON', bytes(sizes.jsonBody)],
    ['POST, packed', bytes(sizes.packedBody)],
    ['on the topic', bytes(sizes.onTopic)],
    ['document', bytes(sizes.document)],
    ['API, JSON · packed · batch', forms.map((form) => milliseconds(costs.apiMs[form])).join(' · ')],
    ['broker', milliseconds(costs.brokerMs)],
    ['worker', milliseconds(costs.workerMs)],
    ['database', milliseconds(costs.databaseMs)],
  ];
}

type Need = readonly [name: string, of: (rate: number) => string];

function needRows(costs: Costs, sizes: RecordSizes): Need[] {
  const text = (value: number): string => String(value);
  return [
    ...forms.map((form): Need => [
      `API replicas, ${form}`,
      (rate) => text(replicas(rate, costs.apiMs[form])),
    ]),
    ['memory of the API (packed)', (rate) => gibibytes(replicas(rate, costs.apiMs.packed) * costs.apiMib)],
    ['into the API, packed', (rate) => megabits(rate * sizes.packedBody)],
    ['into the API, JSON', (rate) => megabits(rate * sizes.jsonBody)],
    ['worker replicas', (rate) => text(replicas(rate, costs.workerMs))],
    ['memory of the workers', (rate) => gibibytes(replicas(rate, costs.workerMs) * costs.workerMib)],
    ['partitions, at least', (rate) => text(Math.max(declaredPartitions(), replicas(rate, costs.workerMs)))],
    ['brokers', (rate) => text(brokers(rate, costs, sizes))],
    ['written by all brokers', (rate) => megabytes(rate * sizes.onTopic * assumed.replication)],
    [
      `topic, ${assumed.topicDays} days, all copies`,
      (rate) => terabytes(rate * sizes.onTopic * assumed.replication * assumed.topicDays * secondsPerDay),
    ],
    ['out of Kafka, to worker and archive', (rate) => megabits(rate * sizes.onTopic * 2)],
    [
      'cores of the database',
      (rate) => text(Math.ceil((rate * costs.databaseMs) / 1_000 / assumed.utilization)),
    ],
    ['database, documents a day', (rate) => terabytes(rate * sizes.document * secondsPerDay)],
  ];
}

function limits(costs: Costs, sizes: RecordSizes): string[] {
  const partitions = declaredPartitions();
  const perWorker = perReplica(costs.workerMs);
  const perBroker = Math.min(
    (1_000 * assumed.coresPerBroker * assumed.utilization) / costs.brokerMs / assumed.replication,
    assumed.brokerBytesPerSecond / sizes.onTopic / assumed.replication,
  );
  const rate = (value: number): string => `${Math.floor(value)} records/s`;
  return [
    `1. **Partitions.** ${partitions} of them, as the topic is declared, carry ${partitions} workers: ${rate(partitions * perWorker)}. More partitions, before the rate is there: a record's partition is that of its id, so adding some moves ids, which the conditional upsert bears.`,
    `2. **One worker** stores ${rate(perWorker)} (CPU). The HPA follows the lag; its greatest number of replicas is the number of partitions.`,
    `3. **One API replica** takes ${rate(perReplica(costs.apiMs.json))} as JSON, ${rate(perReplica(costs.apiMs.packed))} packed, ${rate(perReplica(costs.apiMs.batch))} in batches: let clients pack before replicas are added.`,
    `4. **One broker** carries ${rate(perBroker)} with ${assumed.replication} copies. Three brokers: ${rate(3 * perBroker)}. Beyond: more brokers with reassigned partitions, faster disks, a shorter retention.`,
    `5. **The database** needs a core for each ${rate((1_000 * assumed.utilization) / costs.databaseMs)}. One primary takes all writes of DocumentDB and of a replica set: the next instance size first, then sharding by \`_id\` (hashed), which the upsert by \`_id\` bears as it is.`,
    `6. **Storage** grows by ${terabytes(rates[0]! * sizes.document * secondsPerDay)} a day for each ${rates[0]} records/s: a time to live on documents, the archive for the rest.`,
  ];
}

function declaredPartitions(): number {
  return GPU_METADATA_TOPICS[0]!.partitions;
}

function perReplica(ms: number): number {
  return (1_000 * assumed.utilization) / ms;
}

function replicas(rate: number, ms: number): number {
  return Math.max(assumed.leastReplicas, Math.ceil(rate / perReplica(ms)));
}

function brokers(rate: number, { brokerMs }: Costs, { onTopic }: RecordSizes): number {
  const copies = rate * assumed.replication;
  const byCpu = (copies * brokerMs) / 1_000 / (assumed.coresPerBroker * assumed.utilization);
  const byBytes = (copies * onTopic) / assumed.brokerBytesPerSecond;
  return Math.max(assumed.leastBrokers, Math.ceil(byCpu), Math.ceil(byBytes));
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const bytes = (value: number): string => `${value} bytes`;
const milliseconds = (value: number): string => `${value.toFixed(3)} ms of a core`;
const megabits = (bytesPerSecond: number): string => `${Math.ceil((bytesPerSecond * 8) / 1e6)} Mbit/s`;
const megabytes = (bytesPerSecond: number): string => `${Math.ceil(bytesPerSecond / 1e6)} MB/s`;
const terabytes = (value: number): string => `${(value / giga / 1_000).toFixed(1)} TB`;
const gibibytes = (mib: number): string => `${(mib / 1_024).toFixed(1)} GiB`;
