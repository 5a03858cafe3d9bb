/** What became of the records of one second; milliseconds are of those accepted, null where there were none. */
export interface TrafficPoint {
  /** When the second began, RFC 3339. */
  readonly at: string;
  readonly accepted: number;
  readonly refused: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}
