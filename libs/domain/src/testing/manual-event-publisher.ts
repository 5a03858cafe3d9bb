import { PublishQueueFull } from '../errors';
import { PackedEmbedding } from '../model/embedding';
import { AcceptedMetadata } from '../model/gpu-metadata';
import { StreamPosition } from '../model/recorded-metadata';
import { EventPublisher } from '../ports/event-publishers';

interface Waiting {
  readonly model: string;
  readonly acknowledge: () => void;
  readonly fail: (error: Error) => void;
}

/** A stream with room for so many records that wait; each is answered when the test says so. */
export class ManualEventPublisher extends EventPublisher {
  readonly waiting: Waiting[] = [];
  readonly published: string[] = [];
  room = Infinity;
  answersAtOnce = false;

  publish({ model }: AcceptedMetadata<PackedEmbedding>): Promise<StreamPosition> {
    if (!this.hasRoom()) return Promise.reject(new PublishQueueFull(1));
    return new Promise((resolve, reject) => {
      const leave = (): void => void this.waiting.splice(this.waiting.indexOf(entry), 1);
      const entry = {
        model,
        acknowledge: (): void => {
          leave();
          this.published.push(model);
          resolve({ topic: 'gpu-metadata', partition: 0, offset: BigInt(this.published.length - 1) });
        },
        fail: (error: Error): void => {
          leave();
          reject(error);
        },
      };
      this.waiting.push(entry);
      if (this.answersAtOnce) entry.acknowledge();
    });
  }

  hasRoom(): boolean {
    return this.waiting.length < this.room;
  }
}
