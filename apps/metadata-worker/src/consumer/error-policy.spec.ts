import {
  BrokerUnavailable,
  InvalidMetadata,
  PublishQueueFull,
  RecordRejected,
  StoreUnavailable,
  UnreadableRecord,
} from '@libs/domain';
import { verdictOn } from './error-policy';

describe(verdictOn.name, () => {
  it.each([
    ['retry', new StoreUnavailable()],
    ['retry', new BrokerUnavailable()],
    ['retry', new PublishQueueFull(1)],
    ['dead-letter', new UnreadableRecord('tombstone', 'no value')],
    ['dead-letter', new RecordRejected('no')],
    ['stop', new InvalidMetadata([])],
    ['stop', new TypeError('x is not a function')],
    ['stop', new RangeError('too long')],
    ['stop', 'a text'],
    ['stop', undefined],
  ] as const)('is %s on %p', (verdict, error) => {
    expect(verdictOn(error)).toBe(verdict);
  });
});
