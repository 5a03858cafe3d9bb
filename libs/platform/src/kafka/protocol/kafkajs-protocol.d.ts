declare module 'kafkajs/src/protocol/requests/produce' {
  import type { Message } from 'kafkajs';

  /** What a producer of kafkajs asks its encoder to write. */
  export interface ProduceOptions {
    readonly acks: number;
    readonly timeout: number;
    readonly compression?: number;
    readonly transactionalId?: string;
    readonly producerId?: number;
    readonly topicData: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly messages: readonly Message[] }[];
    }[];
  }
  interface Encoded {
    readonly buffer: Buffer;
  }
  type Protocol = (options: ProduceOptions) => {
    readonly request: { readonly encode: () => Promise<Encoded> };
    readonly response: {
      readonly decode: (answer: Buffer) => Promise<ProduceAnswer>;
      /** Throws what one partition failed with. */
      readonly parse: (answer: ProduceAnswer) => Promise<ProduceAnswer>;
    };
  };
  /** What a broker answers for each partition, as far as it is read by us. */
  export interface ProduceAnswer {
    readonly topics: readonly { readonly partitions: readonly { readonly errorCode: number }[] }[];
  }

  const requests: { protocol: (given: { readonly version: number }) => Protocol };
  export default requests;
}

declare module 'kafkajs/src/protocol/error' {
  import type { KafkaJSProtocolError } from 'kafkajs';

  export function createErrorFromCode(code: number): KafkaJSProtocolError;
}

declare module 'kafkajs/src/protocol/requests/fetch' {
  /** What a consumer of kafkajs asks a broker for, as far as its answer is read by it. */
  export interface FetchOptions {
    readonly maxBytes: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly fetchOffset: string;
        readonly maxBytes: number;
      }[];
    }[];
  }
  export interface FetchResponse {
    readonly throttleTime: number;
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly errorCode: number;
        readonly highWatermark: string;
        readonly abortedTransactions: readonly {
          readonly producerId: string;
          readonly firstOffset: string;
        }[];
        readonly messages: readonly object[];
      }[];
    }[];
  }
  type Protocol = (options: FetchOptions) => {
    readonly request: object;
    readonly response: { readonly decode: (answer: Buffer) => Promise<FetchResponse> };
  };

  const requests: { protocol: (given: { readonly version: number }) => Protocol };
  export default requests;
}

declare module 'kafkajs/src/protocol/encoder' {
  interface Encoded {
    readonly buffer: Buffer;
    size(): number;
  }
  export default class Encoder implements Encoded {
    readonly buffer: Buffer;
    size(): number;
    writeEncoder: (this: Encoder, content: Encoded) => Encoded;
  }
}
