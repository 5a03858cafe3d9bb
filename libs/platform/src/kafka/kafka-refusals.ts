import { PublishRefused } from '@libs/domain';

/** Settings of a topic that a record may be too large for. */
export type SizeLimit = 'max.message.bytes' | 'segment.bytes';

/** May concern one record of a batch alone. */
const TOO_LARGE: Readonly<Record<string, SizeLimit>> = {
  MESSAGE_TOO_LARGE: 'max.message.bytes',
  RECORD_LIST_TOO_LARGE: 'segment.bytes',
};
const OF_RECORD: readonly string[] = ['INVALID_RECORD', 'INVALID_TIMESTAMP', 'POLICY_VIOLATION'];
/** Concern every record of the topic. */
const OF_TOPIC: Readonly<Record<string, Extract<PublishRefused['code'], `topic_${string}`>>> = {
  // kafkajs has asked again for more than a second before it gives this one up.
  UNKNOWN_TOPIC_OR_PARTITION: 'topic_missing',
  TOPIC_AUTHORIZATION_FAILED: 'topic_not_authorized',
  CLUSTER_AUTHORIZATION_FAILED: 'topic_not_authorized',
  SASL_AUTHENTICATION_FAILED: 'topic_not_authorized',
  UNSUPPORTED_SASL_MECHANISM: 'topic_not_authorized',
  INVALID_TOPIC_EXCEPTION: 'topic_unusable',
  INVALID_REQUIRED_ACKS: 'topic_unusable',
  INVALID_REQUEST: 'topic_unusable',
  UNSUPPORTED_VERSION: 'topic_unusable',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'topic_unusable',
  UNSUPPORTED_COMPRESSION_TYPE: 'topic_unusable',
};
const REASONS: Readonly<Record<Exclude<PublishRefused['code'], 'record_too_large_for_topic'>, string>> = {
  record_refused_by_topic: 'refuses this record',
  topic_missing: 'does not exist',
  topic_not_authorized: 'may not be written to by this program',
  topic_unusable: 'takes no record of this program',
};

/** An error of Kafka's protocol. */
export interface KafkaFault extends Error {
  /** Kafka's own name for it. */
  readonly type: string;
}

/** What kafkajs throws where the broker refuses the login has no name of Kafka's. */
const LOGIN_REFUSED = 'KafkaJSSASLAuthenticationError';

/** The error among an error's causes that no retry mends; undefined where there is none. */
export function finalFaultIn(error: unknown): KafkaFault | undefined {
  return causesOf(error)
    .map((cause) => (cause.name === LOGIN_REFUSED ? loginRefused(cause) : cause))
    .find((cause): cause is KafkaFault => 'type' in cause && isFinal(String(cause.type)));
}

/** True where the other records of a refused batch may be taken without the one that it is about. */
export function mayConcernOneRecord({ type }: KafkaFault): boolean {
  return type in TOO_LARGE || OF_RECORD.includes(type);
}

/** The setting of the topic that a lone record is too large for. */
export function exceededLimit({ type }: KafkaFault): SizeLimit | undefined {
  return TOO_LARGE[type];
}

/** What a fault that no retry mends means for one record; undefined for any other fault. */
export function refusalBy({ type }: KafkaFault, topic: string): PublishRefused | undefined {
  const code = OF_RECORD.includes(type) ? 'record_refused_by_topic' : OF_TOPIC[type];
  return code && new PublishRefused(code, { topic, kafkaError: type }, `${topic} ${REASONS[code]}`);
}

function isFinal(type: string): boolean {
  return type in TOO_LARGE || type in OF_TOPIC || OF_RECORD.includes(type);
}

function loginRefused(cause: Error): KafkaFault {
  return Object.assign(new Error(cause.message, { cause }), { type: 'SASL_AUTHENTICATION_FAILED' });
}

/** An error and what it names as its cause, outermost first. */
export function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}
