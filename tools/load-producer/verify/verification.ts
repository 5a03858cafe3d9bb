/** Acknowledged records held against what can be read back. */
export interface Findings {
  readonly where: 'api' | 'topic';
  readonly acknowledged: number;
  /** Found with equal content, the vector bit for bit. */
  readonly equal: number;
  readonly missing: number;
  readonly differing: number;
  /** Neither found nor missing: the way to them failed. */
  readonly unread: number;
  /** Copies on the topic, which retries leave. */
  readonly copies: number;
  /** Of the first that were missing or differed, in sentences. */
  readonly examples: readonly string[];
  /** Why there was nothing to compare with. */
  readonly fault?: string;
}

export interface Verification extends Findings {
  readonly seconds: number;
}
