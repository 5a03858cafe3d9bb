interface FigureTitle {
  readonly title: string;
  readonly digits: number;
}

/** Every figure that a round may give, as the tables show it. */
export const figureTitles = {
  recordsPerSecond: { title: 'records/s', digits: 0 },
  megabytesPerSecond: { title: 'MB/s of vectors', digits: 1 },
  p50Ms: { title: 'p50 ms', digits: 1 },
  p99Ms: { title: 'p99 ms', digits: 1 },
  processorMs: { title: 'CPU ms a record', digits: 3 },
  brokerMs: { title: "broker's CPU ms", digits: 3 },
  databaseMs: { title: "database's CPU ms", digits: 3 },
  rssMib: { title: 'RSS MiB', digits: 0 },
  peakRssMib: { title: 'peak RSS MiB', digits: 0 },
} as const satisfies Record<string, FigureTitle>;

export type FigureName = keyof typeof figureTitles;
