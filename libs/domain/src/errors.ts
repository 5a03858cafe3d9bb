/**
 * Every error code of the product, with what it means to the person who reads it.
 * `retriable`: the same request or record may succeed later, unchanged. docs/errors.md mirrors this catalogue.
 */
export const ERROR_CATALOGUE = {
  invalid_metadata: {
    retriable: false,
    meaning: 'The body is JSON but breaks the contract; `errors` lists every fault.',
  },
  invalid_json: {
    retriable: false,
    meaning: 'The body is empty or not JSON; `detail` says where, and which token was not expected.',
  },
  invalid_encoding: { retriable: false, meaning: 'The body is not UTF-8.' },
  nesting_too_deep: { retriable: false, meaning: 'The body nests deeper than 16 levels.' },
  invalid_request: {
    retriable: false,
    meaning: 'The request is not valid HTTP, or its path is not in canonical form.',
  },
  invalid_compression: {
    retriable: false,
    meaning: 'The body is not what its Content-Encoding says, or it expands more than a record can.',
  },
  invalid_msgpack: {
    retriable: false,
    meaning: 'The body is not MessagePack, or uses a type that has no place in a record.',
  },
  event_id_on_batch: { retriable: false, meaning: 'Idempotency-Key names one event; a batch holds many.' },
  unauthorized: { retriable: false, meaning: 'An API key is required and none that is known was sent.' },
  address_not_allowed: {
    retriable: false,
    meaning: 'This route does not serve the address the request came from.',
  },
  insufficient_scope: {
    retriable: false,
    meaning: 'The API key may not do this: it lacks the scope of this route.',
  },
  too_many_failures: {
    retriable: true,
    meaning: 'Too many requests without a known key came from this address; those with one are served.',
  },
  rate_limited: {
    retriable: true,
    meaning: 'The quota of this API key is used up; `Retry-After` says for how long.',
  },
  not_found: { retriable: false, meaning: 'There is nothing at this path.' },
  method_not_allowed: {
    retriable: false,
    meaning: 'The path exists but not for this method; `Allow` names those it has.',
  },
  request_timeout: { retriable: true, meaning: 'The request stopped before its end.' },
  body_too_large: {
    retriable: false,
    meaning: 'The body, or what it expands to, is larger than MAX_BODY_BYTES (a batch: MAX_BATCH_BYTES).',
  },
  batch_too_long: {
    retriable: false,
    meaning: 'A batch holds more than 1000 records; those before are answered.',
  },
  unsupported_media_type: {
    retriable: false,
    meaning: 'The Content-Type or Content-Encoding is not one this route reads.',
  },
  headers_too_large: { retriable: false, meaning: 'The request headers are larger than 16 KiB.' },
  internal_error: { retriable: true, meaning: 'A fault of ours; the log has it under the same request id.' },
  not_ready: { retriable: true, meaning: 'A dependency of the process is down; `checks` names it.' },
  queue_full: { retriable: true, meaning: 'More bytes wait for Kafka than PUBLISH_QUEUE_BYTES allows.' },
  publish_timeout: {
    retriable: true,
    meaning: 'Kafka did not acknowledge within PUBLISH_TIMEOUT_MS; the event may be on the topic.',
  },
  broker_unavailable: {
    retriable: true,
    meaning: 'Kafka refused or could not be reached; the event may be on the topic.',
  },
  record_too_large_for_topic: {
    retriable: false,
    meaning: 'The record is larger than its topic takes; `detail` has both sizes.',
  },
  record_refused_by_topic: {
    retriable: false,
    meaning: 'Kafka refuses this very record; `detail` has its own error.',
  },
  topic_missing: { retriable: false, meaning: 'Kafka has no such topic, and the API may not create it.' },
  topic_not_authorized: {
    retriable: false,
    meaning: 'The user of the API at Kafka may not write to the topic: the deployment lacks an ACL.',
  },
  topic_unusable: {
    retriable: false,
    meaning: 'Kafka refuses every record of the topic for good; `detail` has its own error.',
  },
  overloaded: {
    retriable: true,
    meaning: 'The process holds as many connections or bytes of bodies as it may.',
  },
  shutting_down: { retriable: true, meaning: 'The process is stopping and takes nothing new.' },
  tombstone: { retriable: false, meaning: 'A record on the topic has no value.' },
  undecodable_record: {
    retriable: false,
    meaning: 'The bytes of a record on the topic cannot be decoded, or its value is not UTF-8 JSON.',
  },
  too_large_to_read: {
    retriable: false,
    meaning:
      'A record on the topic is larger than 4 MiB, or its batch expands to more than 16 MiB; its dead letter holds a part.',
  },
  unknown_schema_version: {
    retriable: false,
    meaning:
      'A record on the topic has a schemaVersion this worker does not know: upgrade the worker, then replay.',
  },
  missing_header: {
    retriable: false,
    meaning: 'A record on the topic lacks a header, or one contradicts its value.',
  },
  invalid_record: { retriable: false, meaning: 'A record on the topic is JSON but breaks the contract.' },
  reads_not_configured: { retriable: false, meaning: 'This API only writes: READ_MONGODB_URI is not set.' },
  read_timeout: { retriable: true, meaning: 'The database did not answer the read in time.' },
  store_unavailable: { retriable: true, meaning: 'The database refused or could not be reached.' },
  dead_letter_too_large: {
    retriable: true,
    meaning:
      'The dead-letter topic takes not even a letter without content: raise its max.message.bytes; the partition waits.',
  },
  archive_unavailable: { retriable: true, meaning: 'The archive refused an object or could not be reached.' },
  record_rejected: { retriable: false, meaning: 'The database refuses this very document.' },
} as const satisfies Record<string, { retriable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** The codes of single faults inside an `invalid_metadata` answer. */
export const VIOLATION_CATALOGUE = {
  required: 'The field is missing.',
  unknown_field: 'The contract has no such field.',
  wrong_type: 'The value is of another JSON type.',
  out_of_range: 'A number, or the count of characters or items, is outside its limits.',
  integer_out_of_range: 'A double cannot hold the integer exactly: send it as a string.',
  invalid_format: 'A text does not follow its format.',
  invalid_value: 'A text is none of the values allowed.',
  not_finite: 'A number is NaN, infinite, or overflows float32.',
  no_direction: 'The vector is all zeros, so no other is near to it.',
  dimension_mismatch: 'The packed data does not hold 4 bytes for each element.',
  in_future: 'capturedAt, acceptedAt or ts is more than 24 hours ahead of the clock.',
  event_id_mismatch: 'The Idempotency-Key header and the body name different events.',
} as const satisfies Record<string, string>;

export type ViolationCode = keyof typeof VIOLATION_CATALOGUE;

/** One fault: where (RFC 6901 JSON pointer), which, and a sentence with the limit and the value's shape. */
export interface Violation {
  readonly pointer: string;
  readonly code: ViolationCode;
  readonly message: string;
}

/** The root of all foreseeable errors: branch on `code` or `retriable`, never on the message. */
export class PipelineError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly retriable: boolean;

  constructor(
    readonly code: Code,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
    this.retriable = ERROR_CATALOGUE[code].retriable;
  }
}

/** Whether an error is one of those; `instanceof` alone would lose what codes there are. */
export function isPipelineError(error: unknown): error is PipelineError {
  return error instanceof PipelineError;
}

/** A body or record that breaks its contract; `violations` holds the first 100 faults, `omitted` counts the rest. */
export class InvalidMetadata extends PipelineError<'invalid_metadata'> {
  constructor(
    readonly violations: readonly Violation[],
    readonly omitted = 0,
  ) {
    super('invalid_metadata', `${violations.length + omitted} field(s) break the contract`);
  }
}

export class PublishQueueFull extends PipelineError<'queue_full'> {
  constructor(readonly maxBytes: number) {
    super('queue_full', `more than ${maxBytes} bytes wait for Kafka`);
  }
}

export class PublishTimeout extends PipelineError<'publish_timeout'> {
  constructor(readonly timeoutMs: number) {
    super('publish_timeout', `Kafka did not acknowledge within ${timeoutMs} ms`);
  }
}

export class BrokerUnavailable extends PipelineError<'broker_unavailable'> {
  constructor(options?: ErrorOptions) {
    super('broker_unavailable', 'Kafka refused or could not be reached', options);
  }
}

/** What Kafka refuses for good; no retry mends it. */
export class PublishRefused extends PipelineError<
  | 'record_too_large_for_topic'
  | 'record_refused_by_topic'
  | 'topic_missing'
  | 'topic_not_authorized'
  | 'topic_unusable'
> {
  constructor(
    code: PublishRefused['code'],
    /** `kafkaError`: Kafka's own name for it. */
    readonly refused: { readonly topic: string; readonly kafkaError: string },
    reason: string,
  ) {
    super(code, `${reason}; Kafka says ${refused.kafkaError}`);
  }

  /** Whether every other record of the topic would be refused too. */
  get concernsTopic(): boolean {
    return this.code.startsWith('topic_');
  }
}

/** A dead letter that its topic refuses whatever is cut off; until somebody widens the topic nothing may be dropped. */
export class DeadLetterTooLarge extends PipelineError<'dead_letter_too_large'> {
  constructor(topic: string, options?: ErrorOptions) {
    super('dead_letter_too_large', `${topic} refuses the record: raise its max.message.bytes`, options);
  }
}

export class StoreUnavailable extends PipelineError<'store_unavailable'> {
  constructor(options?: ErrorOptions) {
    super('store_unavailable', 'the database refused or could not be reached', options);
  }
}

export class ReadTimeout extends PipelineError<'read_timeout'> {
  constructor(
    readonly timeoutMs: number,
    options?: ErrorOptions,
  ) {
    super('read_timeout', `the database did not answer within ${Math.round(timeoutMs)} ms`, options);
  }
}

/** As many reads are under way, and wait, as may be. */
export class ReadsOverloaded extends PipelineError<'overloaded'> {
  constructor() {
    super('overloaded', 'too many reads are under way');
  }
}

export class ReadsNotConfigured extends PipelineError<'reads_not_configured'> {
  constructor() {
    super('reads_not_configured', 'this API only writes: it has no database to read from');
  }
}

export class ArchiveUnavailable extends PipelineError<'archive_unavailable'> {
  constructor(
    readonly objectName: string,
    options?: ErrorOptions,
  ) {
    super('archive_unavailable', `the archive does not take ${objectName}`, options);
  }
}

export class RecordRejected extends PipelineError<'record_rejected'> {
  constructor(reason: string, options?: ErrorOptions) {
    super('record_rejected', `the database refuses the document: ${reason}`, options);
  }
}

/** A record on the topic that no worker of this version can turn into an event. */
export class UnreadableRecord extends PipelineError<
  | 'tombstone'
  | 'undecodable_record'
  | 'too_large_to_read'
  | 'unknown_schema_version'
  | 'missing_header'
  | 'invalid_record'
> {}
