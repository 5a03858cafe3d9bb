const HOUR_MS = 3_600_000;

/** Every limit of the read routes, in items, characters or milliseconds. */
export const READ_LIMITS = {
  pageItems: 200,
  defaultPageItems: 50,
  /** With vectors, a page of the longest is 11 MB as numbers. */
  pageItemsWithEmbeddings: 50,
  cursorCharacters: 64,
  statsMs: 31 * 24 * HOUR_MS,
  defaultStatsMs: 24 * HOUR_MS,
  statsItems: 10_000,
} as const;
