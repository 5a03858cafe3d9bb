import type { TrafficPoint } from '../http/recent-traffic';

/** A part of the system as this process sees it. */
export interface PartStatus {
  readonly up: boolean;
  /** Why it is not usable. */
  readonly problem?: string;
}

/** The answer of `GET /v1/status`: figures of this process alone, since it started. */
export interface StatusBody {
  readonly version: string;
  readonly startedAt: string;
  /** One point for each whole second of the last `seconds` in which this process ran, the oldest first. */
  readonly window: { readonly seconds: number; readonly points: readonly TrafficPoint[] };
  /** What waits for the acknowledgement of Kafka. */
  readonly queue: { readonly bytes: number; readonly maxBytes: number };
  /** Letters in each dead-letter topic; null where Kafka does not tell. */
  readonly deadLetters: Readonly<Record<string, number | null>>;
  /** The index that searches ask; the first search begins to load it. Null where this API only writes. */
  readonly searchIndex: {
    /** Every document was looked at once. */
    readonly loaded: boolean;
    readonly vectors: number;
    /** Documents of the database; an estimate while it is loading. */
    readonly documents: number;
    readonly bytes: number;
    readonly maxBytes: number;
  } | null;
  readonly parts: {
    readonly kafka: PartStatus;
    /** `configured` is false where this API only writes. */
    readonly reads: PartStatus & { readonly configured: boolean };
  };
}
