/** Who sent a request, once it may ask for what it asks. */
export interface Caller {
  /** The id of the API key, never the key; null where the API runs without keys or the route is open. */
  readonly keyId: string | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
}
