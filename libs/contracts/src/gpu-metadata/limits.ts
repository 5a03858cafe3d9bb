/** Every limit of the gpu-metadata contract, in characters, items, values or milliseconds. */
export const LIMITS = {
  modelCharacters: 128,
  embeddingValues: 8192,
  deviceNameCharacters: 128,
  versionCharacters: 128,
  uriCharacters: 2048,
  nameCharacters: 256,
  tags: 32,
  tagCharacters: 64,
  attributes: 64,
  attributeCharacters: 1024,
  memoryBytes: Number.MAX_SAFE_INTEGER,
  capturedAheadMs: 24 * 60 * 60 * 1000,
  acceptedAheadMs: 24 * 60 * 60 * 1000,
} as const;

/** Names that would reach an object's prototype in a careless reader; refused although the pattern allows them. */
export const RESERVED_ATTRIBUTE_KEYS: readonly string[] = ['__proto__', 'constructor'];
