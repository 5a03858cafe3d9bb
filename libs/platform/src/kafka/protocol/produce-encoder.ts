import Encoder from 'kafkajs/src/protocol/encoder';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import produce, { type ProduceAnswer, type ProduceOptions } from 'kafkajs/src/protocol/requests/produce';
import { encodeProduceRequest } from './produce-request';
import { RequestBytes } from './request-bytes';

/** From here to the last version that kafkajs knows a request looks the same. */
const FIRST_VERSION = 3;
const NO_PRODUCER_ID = -1;

const { protocol } = produce;
const { writeEncoder } = Encoder.prototype;

/**
 * kafkajs copies each record about six times into a request and reckons its checksum in JavaScript; from this call on
 * its producers write plain requests with `encodeProduceRequest`. The others stay as they are. Nor does it throw away
 * what other partitions were answered where one failed: whoever sent a plain request looks at each `errorCode`.
 */
export function registerProduceEncoder(): void {
  // kafkajs puts two heads before a request, each time into a copy of it.
  Encoder.prototype.writeEncoder = function (content) {
    return content instanceof RequestBytes ? content.prepend(this.buffer) : writeEncoder.call(this, content);
  };
  produce.protocol = ({ version }) => {
    const original = protocol({ version });
    if (version < FIRST_VERSION) return original;
    return (options) => {
      const { request, response } = original(options);
      if (!isPlain(options)) return { request, response };
      let bytes: RequestBytes | undefined;
      const encode = (): Promise<RequestBytes> => Promise.resolve((bytes = encodeProduceRequest(options)));
      // What Kafka answers it has read. The memory of a request without an answer may still be on its way.
      const decode: typeof response.decode = (answer) => {
        bytes?.release();
        bytes = undefined;
        return response.decode(answer);
      };
      const parse: typeof response.parse = (answer) =>
        mayBeSentAgain(answer) ? response.parse(answer) : Promise.resolve(answer);
      return { request: { ...request, encode }, response: { ...response, decode, parse } };
    };
  };
}

/** Nothing of the request is on its topic, and all of it may be there after another try. */
function mayBeSentAgain({ topics }: ProduceAnswer): boolean {
  const codes = topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
  return codes.every((code) => code !== 0 && createErrorFromCode(code).retriable);
}

/** Neither compressed nor transactional nor idempotent, and with the time of the request. */
function isPlain({ compression, transactionalId, producerId, topicData }: ProduceOptions): boolean {
  if (compression || transactionalId || (producerId ?? NO_PRODUCER_ID) !== NO_PRODUCER_ID) return false;
  return topicData.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.every(({ timestamp }) => timestamp === undefined)),
  );
}
