import { Producer } from '../model/gpu-metadata';
import { LineageSubmission } from '../model/lineage';
import { StreamPosition } from '../model/recorded-metadata';
import { Clock } from '../ports/clock';
import { LineagePublisher, PublishContext } from '../ports/event-publishers';

/** The promise behind a 202: the event is on the stream's in-sync replicas. */
export interface LineageReceipt {
  /** The event's identity, which names one document of its producer. */
  readonly id: string;
  readonly position: StreamPosition;
  readonly acceptedAt: Date;
}

/** Takes responsibility for a reading or a usage: dates it and puts it on its stream, as it was written. */
export class IngestLineage {
  constructor(
    private readonly publisher: LineagePublisher,
    private readonly clock: Clock,
  ) {}

  /** @throws what LineagePublisher.publish throws; a retry is harmless */
  async execute(
    submission: LineageSubmission,
    producer: Producer,
    context: PublishContext,
  ): Promise<LineageReceipt> {
    const acceptedAt = this.clock.now();
    const position = await this.publisher.publish({ ...submission, acceptedAt, producer }, context);
    return { id: submission.event.id, position, acceptedAt };
  }
}
