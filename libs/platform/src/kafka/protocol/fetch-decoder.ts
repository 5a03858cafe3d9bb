import { KafkaJSNonRetriableError } from 'kafkajs';
import fetch from 'kafkajs/src/protocol/requests/fetch';
import { decodeFetchResponse, FIRST_VERSION } from './fetch-response';

const { protocol } = fetch;

/**
 * kafkajs reads headers into an object with a prototype, copies them all for each further one, and expands compressed
 * batches without a limit; from this call on its consumers read with `decodeFetchResponse`.
 */
export function registerFetchDecoder(): void {
  fetch.protocol = ({ version }) => {
    if (version < FIRST_VERSION) throw new KafkaJSNonRetriableError('Kafka before 0.11 is not supported');
    const original = protocol({ version });
    return (options) => {
      const { response, ...rest } = original(options);
      const decode = (bytes: Buffer): ReturnType<typeof decodeFetchResponse> =>
        decodeFetchResponse(bytes, version, options);
      return { ...rest, response: { ...response, decode } };
    };
  };
}
