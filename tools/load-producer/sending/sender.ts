/** Why a record was refused for good. */
export interface Refusal {
  /** Of the answer, or what the client itself calls it. */
  readonly code: string;
  /** The field at fault (RFC 6901), where there is one. */
  readonly pointer?: string;
  readonly message: string;
  /** Nobody's records would fare better: a key that is not good, say. */
  readonly concernsAll?: boolean;
}

/** What became of one record in one attempt; `label` is a status and code, counted in the summary. */
export type Verdict =
  | { readonly kind: 'acknowledged'; readonly label: string }
  | { readonly kind: 'refused'; readonly label: string; readonly refusal: Refusal }
  | { readonly kind: 'retriable'; readonly label: string; readonly afterMs?: number };

export interface Attempt {
  /** One for each record, in order. */
  readonly verdicts: readonly Verdict[];
  /** Of the body, as it was sent. */
  readonly bytes: number;
}

/** A way into the pipeline. */
export abstract class Sender {
  /** Makes ready what takes time, so that the first record need not wait for it. */
  abstract prepare(): Promise<void>;

  /** Sends these records of the run in one request; whatever goes wrong is a verdict, it never rejects. */
  abstract attempt(indices: readonly number[]): Promise<Attempt>;

  /** Ends requests under way, which then are retriable. */
  abstract close(): Promise<void>;
}
