import { setTimeout as sleep } from 'node:timers/promises';
import { CompressionTypes, type Message } from 'kafkajs';
import { BrokerUnavailable, type RawRecord, type StreamPosition } from '@libs/domain';
import {
  encodableHeaders,
  failureAmong,
  isTooLarge,
  partitionOfKey,
  type KafkaProducer,
  type SendRequest,
} from '@libs/platform';
import { replayHeaders } from './replayed-record';
import type { RateLimit } from './rate-limit';

/** A record on its way back. */
export interface Outgoing {
  readonly record: RawRecord;
  readonly origin: StreamPosition;
  /** The partition it came from: where it returns to without a key. */
  readonly home: number;
}

export interface RepublishTarget {
  readonly topic: string;
  readonly partitions: number;
}

const maxRequestRecords = 64;
/** A broker takes record batches up to max.message.bytes, 1 MiB by default. */
const maxRequestBytes = 512 * 1024;
/** How long a broker may be away before the replay gives up. */
const patienceMs = 30_000;
const retryMs = 200;

/** Publishes records in order, one request at a time, and waits for each acknowledgement. */
export class Republisher {
  constructor(
    private readonly producer: KafkaProducer,
    private readonly target: RepublishTarget,
    private readonly rate: RateLimit,
  ) {}

  /** The longest part of the waiting records, from the first, that goes into one request. */
  nextRequest(waiting: readonly Outgoing[]): readonly Outgoing[] {
    const limit = Math.min(maxRequestRecords, this.rate.perSecond);
    let bytes = 0;
    const end = waiting.findIndex(({ record }, at) => {
      bytes += bytesOf(record);
      return at > 0 && (at >= limit || bytes > maxRequestBytes);
    });
    return end === -1 ? waiting : waiting.slice(0, end);
  }

  /**
   * Resolves once all replicas in sync hold the records; answers those the topic is too narrow for.
   *
   * @throws BrokerUnavailable, PublishRefused — any part of the records may be on the topic
   */
  async publish(request: readonly Outgoing[]): Promise<readonly Outgoing[]> {
    await this.rate.pass(request.length);
    return this.send(request);
  }

  private async send(request: readonly Outgoing[]): Promise<readonly Outgoing[]> {
    const refused: Outgoing[] = [];
    const giveUpAtMs = performance.now() + patienceMs;
    for (let left = request; left.length > 0;) {
      const outcomes = await this.producer.send(this.toRequest(left));
      const failure = failureAmong(outcomes);
      if (failure && (!failure.retriable || performance.now() > giveUpAtMs)) throw failure;
      refused.push(...left.filter((_, at) => isTooLarge(outcomes[at]!)));
      left = left.filter((_, at) => outcomes[at] instanceof BrokerUnavailable);
      if (left.length > 0) await sleep(retryMs);
    }
    return refused;
  }

  private toRequest(request: readonly Outgoing[]): SendRequest {
    return {
      topic: this.target.topic,
      messages: request.map((one) => this.toMessage(one)),
      // The origin makes a record longer than it was; packed it fits where it came from.
      compression: isLarge(request) ? CompressionTypes.GZIP : CompressionTypes.None,
    };
  }

  private toMessage({ record, origin, home }: Outgoing): Message {
    const { partitions } = this.target;
    const key = record.key as Buffer | null;
    return {
      key,
      value: record.value as Buffer | null,
      headers: encodableHeaders(replayHeaders(record, origin)),
      // The same as the API's, so that a key's records stay on one partition.
      partition: key === null ? home % partitions : partitionOfKey(key, partitions),
    };
  }
}

function isLarge(request: readonly Outgoing[]): boolean {
  return request.length === 1 && bytesOf(request[0]!.record) > maxRequestBytes;
}

function bytesOf({ key, value, headers }: RawRecord): number {
  const sizes = Object.entries(headers).flatMap(([name, header]) => [
    name.length,
    ...[header].flat().map((one) => one?.length ?? 0),
  ]);
  return sizes.reduce((sum, size) => sum + size, (key?.length ?? 0) + (value?.length ?? 0));
}
