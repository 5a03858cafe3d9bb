const PROBE_WITHIN_MS = 3_000;

/** A connection string fit for a screen: user, password and options that carry secrets become ***. */
export function maskCredentials(uri: string): string {
  return uri
    .replace(/^([a-z0-9+.-]+:\/\/)[^/]*@/i, '$1***@')
    .replace(/([?&][^=&]*(?:password|token|secret|properties)[^=&]*=)[^&]*/gi, '$1***');
}

/** A page of the running system, and how it answers right now: its HTTP status, or "no answer". */
export async function probe(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_WITHIN_MS) });
    await response.body?.cancel();
    return String(response.status);
  } catch {
    return 'no answer';
  }
}
