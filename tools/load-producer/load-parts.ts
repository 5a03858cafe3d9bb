import { GPU_METADATA_TOPIC } from '@libs/contracts';
import { connectKafka } from './kafka-connection';
import { LineageRecords } from './records/lineage-records';
import { MetadataRecords } from './records/metadata-records';
import type { RunIdentity } from './records/run-identity';
import { HttpClient } from './sending/http-client';
import { HttpRequests, pathOf } from './sending/http-requests';
import { HttpSender } from './sending/http-sender';
import { KafkaSender } from './sending/kafka-sender';
import type { Sender } from './sending/sender';
import type { LoadSettings } from './settings';
import { ApiVerifier } from './verify/api-verifier';
import { TopicVerifier } from './verify/topic-verifier';
import type { Verifier } from './verify/verifier';

type RunRecords = MetadataRecords | LineageRecords;

/** What a run is put together of, as its settings ask. */
export interface LoadParts {
  readonly sender: Sender;
  readonly verifier: Verifier | undefined;
  /** Where records go, in words. */
  readonly target: string;
}

/** The id a record of the run is known by. */
export function idIn(settings: LoadSettings, run: RunIdentity): (index: number) => string {
  if (settings.topic === GPU_METADATA_TOPIC) return (index) => run.eventId(index);
  const records = new LineageRecords(run, settings.topic);
  return (index) => records.at(index).id;
}

/** Posts the run's records, to the API or, for its ceiling, to another `url`. */
export function httpSender(settings: LoadSettings, run: RunIdentity, url = settings.url): Sender {
  const requests = new HttpRequests(recordsOf(settings, run), settings);
  return new HttpSender(new HttpClient({ ...settings, url }), requests, settings.batch > 1);
}

/** Connects where the settings need Kafka; @throws ForeseenError */
export async function loadParts(settings: LoadSettings, run: RunIdentity): Promise<LoadParts> {
  if (settings.mode === 'http' && settings.verify !== 'topic') {
    const verifier = settings.verify && apiVerifier(settings, run);
    return { sender: httpSender(settings, run), verifier, target: settings.url + pathOf(settings) };
  }
  const records = recordsOf(settings, run);
  const connection = await connectKafka(settings.kafka, settings.topic);
  const verifier =
    settings.verify === 'topic'
      ? new TopicVerifier(connection, settings.topic, records)
      : settings.verify && apiVerifier(settings, run);
  if (settings.mode === 'http') {
    return { sender: httpSender(settings, run), verifier, target: settings.url + pathOf(settings) };
  }
  const sender = new KafkaSender(connection, records, settings);
  return { sender, verifier, target: `Kafka at ${settings.kafka.brokers.join(',')}` };
}

function recordsOf({ topic, dimension }: LoadSettings, run: RunIdentity): RunRecords {
  return topic === GPU_METADATA_TOPIC ? new MetadataRecords(run, dimension) : new LineageRecords(run, topic);
}

function apiVerifier(settings: LoadSettings, run: RunIdentity): ApiVerifier {
  const { connections, verifyWaitMs: patienceMs } = settings;
  const records = new MetadataRecords(run, settings.dimension);
  return new ApiVerifier(new HttpClient(settings), records, { connections, patienceMs });
}
