export const HOUR_MS = 3_600_000;

/** The UTC hour an instant lies in, by its start. */
export function hourOf(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / HOUR_MS) * HOUR_MS);
}

/** Over the documents where it is known; null where it is for none. */
export interface MeanAndMax {
  readonly mean: number | null;
  readonly max: number | null;
}

/** What was captured in one UTC hour with one model on one device. */
export interface HourlyGroup {
  /** Start of the hour. */
  readonly hour: Date;
  readonly model: string;
  readonly deviceName: string;
  readonly count: number;
  /** Each embedding dimension once, the smallest first. */
  readonly dimensions: readonly number[];
  /** 0 or more; past 1 where more was allocated than the device has. */
  readonly memoryUtilization: MeanAndMax;
  readonly ingestLatencyMs: MeanAndMax;
  readonly firstCapturedAt: Date;
  readonly lastCapturedAt: Date;
  /** When these figures were last found to differ from what was kept. */
  readonly computedAt: Date;
}
