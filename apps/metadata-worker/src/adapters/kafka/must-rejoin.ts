import { KafkaJSError } from 'kafkajs';

/** Has kafkajs join the group again, and so read again from the committed offsets. */
export class MustRejoin extends KafkaJSError {
  readonly type = 'REBALANCE_IN_PROGRESS';
  constructor() {
    super('what was fetched is given up', { retriable: true });
  }
}
