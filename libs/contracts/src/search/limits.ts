/** How many neighbours a search answers, at most and where it does not say. */
export const SEARCH_LIMITS = { neighbours: 100, defaultNeighbours: 10 } as const;
