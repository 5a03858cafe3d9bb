import type { Message } from 'kafkajs';
import { BrokerUnavailable, PublishRefused, type StreamPosition } from '@libs/domain';
import type { KafkaProducer, BufferPool } from '@libs/platform';
import { PublishQueue, type PublishQueueSettings } from './publish-queue';
import type { PublishTelemetry } from './publish-telemetry';
import type { ByteBudget } from '../../byte-budget';

/** Headers and framing of one record on the wire, at most. */
const RECORD_OVERHEAD_BYTES = 512;
const ASK_AGAIN_MS = 2_000;

export interface KeyedMessage extends Message {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface PublishingSettings extends PublishQueueSettings {
  /** A topic that is missing is about to be made. */
  readonly willBeMade: () => boolean;
}

interface PublishingTopicDeps {
  /** Its own: a producer of kafkajs loses sight of all its topics when one of them is gone. */
  readonly producer: KafkaProducer;
  readonly pool: BufferPool;
  readonly budget: ByteBudget;
  readonly telemetry: PublishTelemetry;
}

/** One topic as the API writes to it, and whether Kafka takes its records at all. */
export class PublishingTopic {
  private readonly queue: PublishQueue<KeyedMessage>;
  private isTaken = false;
  private refusal: PublishRefused | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly name: string,
    private readonly settings: PublishingSettings,
    private readonly deps: PublishingTopicDeps,
  ) {
    this.queue = new PublishQueue((messages) => this.send(messages), settings, deps.budget);
  }

  /** Why Kafka refuses every record of the topic for good; undefined while it does not. */
  get unhealthyReason(): string | undefined {
    return this.refusal?.message;
  }

  async start(): Promise<void> {
    this.timer = setInterval(() => void this.ask(), ASK_AGAIN_MS).unref();
    await this.deps.producer.start();
    await this.ask();
  }

  /** Sends what waits, then disconnects. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.queue.drain();
    await this.deps.producer.stop();
  }

  /** @throws PublishQueueFull, PublishTimeout, BrokerUnavailable, PublishRefused */
  publish(message: KeyedMessage): Promise<StreamPosition> {
    return this.queue.submit(message, message.value.length + RECORD_OVERHEAD_BYTES);
  }

  private async send(messages: readonly KeyedMessage[]): Promise<(StreamPosition | Error)[]> {
    const request = { topic: this.name, timeout: this.settings.timeoutMs, messages: [...messages] };
    const outcomes = await this.deps.producer.send(request);
    return outcomes.map((outcome, at) => {
      if (outcome instanceof PublishRefused) return this.refused(outcome);
      if (outcome instanceof BrokerUnavailable) return outcome;
      this.noteRefusal(undefined);
      // Whatever failed may be encoded again; what was acknowledged has been read for the last time.
      this.deps.pool.release(messages[at]!.value);
      return outcome;
    });
  }

  private refused(refusal: PublishRefused): Error {
    if (this.isComing(refusal)) return new BrokerUnavailable({ cause: refusal });
    this.deps.telemetry.countRefusal(refusal);
    if (refusal.concernsTopic) this.noteRefusal(refusal);
    return refusal;
  }

  /** Until Kafka takes records: a topic that nobody can write to gets no record that could tell that it was repaired. */
  private async ask(): Promise<void> {
    if (this.isTaken) return;
    // A fault of ours is told of where a record meets it.
    const unknown = (cause: unknown): BrokerUnavailable => new BrokerUnavailable({ cause });
    const failure = await this.deps.producer.failureOf(this.name).catch(unknown);
    if (failure instanceof BrokerUnavailable || (failure && this.isComing(failure))) return;
    this.noteRefusal(failure);
    if (failure) this.deps.telemetry.warn(failure);
  }

  private isComing({ code }: PublishRefused): boolean {
    return code === 'topic_missing' && this.settings.willBeMade();
  }

  private noteRefusal(refusal: PublishRefused | undefined): void {
    this.refusal = refusal;
    this.isTaken = refusal === undefined;
  }
}
