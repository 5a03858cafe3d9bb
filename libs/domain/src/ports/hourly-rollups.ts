/** What a recount of one hour led to; `busy`: another process holds the roll-ups, nothing was done. */
export type RecountOutcome =
  { readonly kind: 'done'; readonly written: number; readonly removed: number } | { readonly kind: 'busy' };

/** The hourly figures about the documents, one group for each model and device. */
export abstract class HourlyRollups {
  /**
   * Makes the groups of the UTC hour that starts at `hour` what the documents captured in it give now. Idempotent;
   * of two processes that recount at once, the one that read the documents first never has the last word.
   *
   * @throws StoreUnavailable — any part of the hour may be written
   */
  abstract recount(hour: Date): Promise<RecountOutcome>;
}
