import produce, { type ProduceOptions } from 'kafkajs/src/protocol/requests/produce';
import { encodeProduceRequest } from './produce-request';

/** From here to the last version that kafkajs knows a request looks the same. */
const FIRST_VERSION = 3;
const NO_PRODUCER_ID = -1;

const { protocol } = produce;

/**
 * kafkajs copies each record about six times into a request and reckons its checksum in JavaScript; from this call on
 * its producers write plain requests with `encodeProduceRequest`. The others stay as they are.
 */
export function registerProduceEncoder(): void {
  produce.protocol = ({ version }) => {
    const original = protocol({ version });
    if (version < FIRST_VERSION) return original;
    return (options) => {
      const { request, response } = original(options);
      if (!isPlain(options)) return { request, response };
      const encode = (): ReturnType<typeof request.encode> => {
        const buffer = encodeProduceRequest(options);
        return Promise.resolve({ buf: buffer, buffer });
      };
      return { request: { ...request, encode }, response };
    };
  };
}

/** Neither compressed nor transactional nor idempotent, and with the time of the request. */
function isPlain({ compression, transactionalId, producerId, topicData }: ProduceOptions): boolean {
  if (compression || transactionalId || (producerId ?? NO_PRODUCER_ID) !== NO_PRODUCER_ID) return false;
  return topicData.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.every(({ timestamp }) => timestamp === undefined)),
  );
}
