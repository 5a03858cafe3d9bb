import { MetadataSubmission, newEventId, Producer } from '../model/gpu-metadata';
import { StreamPosition } from '../model/recorded-metadata';
import { Clock } from '../ports/clock';
import { EventPublisher, PublishContext } from '../ports/event-publishers';

/** The promise behind a 202: the event is on the stream's in-sync replicas. */
export interface Receipt {
  readonly eventId: string;
  readonly position: StreamPosition;
  readonly acceptedAt: Date;
}

/** Takes responsibility for a submission: names it, dates it and puts it on the stream. */
export class IngestMetadata {
  constructor(
    private readonly publisher: EventPublisher,
    private readonly clock: Clock,
  ) {}

  /**
   * Holds nothing of the submission while its event is on the way.
   *
   * @throws what EventPublisher.publish throws; a retry with the same eventId is harmless
   */
  execute(submission: MetadataSubmission, producer: Producer, context: PublishContext): Promise<Receipt> {
    const acceptedAt = this.clock.now();
    const eventId = submission.eventId ?? newEventId(acceptedAt);
    const published = this.publisher.publish({ ...submission, eventId, acceptedAt, producer }, context);
    return published.then((position) => ({ eventId, position, acceptedAt }));
  }

  /** As EventPublisher.hasRoom. */
  hasRoom(bytes: number): boolean {
    return this.publisher.hasRoom(bytes);
  }
}
