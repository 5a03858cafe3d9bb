import type { FlatMapRules } from '../validation/flat-map';

/** Every limit of the lineage contracts, in the units of their fields, in characters or milliseconds. */
export const LINEAGE_LIMITS = {
  hostCharacters: 253,
  gpuIndex: 1023,
  utilizationPercent: 100,
  modelCharacters: 128,
  tokens: Number.MAX_SAFE_INTEGER,
  aheadMs: 24 * 60 * 60 * 1000,
} as const;

/** The fields that a contract does not name: kept as they are, beside the others. */
export const ADDITIONAL_FIELDS: FlatMapRules = {
  maxEntries: 64,
  maxCharacters: 1024,
  // What would reach an object's prototype, mislead the database's driver, or hide what the worker adds.
  reservedKeys: ['__proto__', 'constructor', '_id', '_bsontype', 'processedAt', 'pipeline'],
};
