/** What the command ends with besides 0, and 130 or 143 when a second signal ended it at once. */
export const exitCodes = { failed: 1, usage: 2, lost: 3, neverSent: 4, unverified: 5 } as const;
