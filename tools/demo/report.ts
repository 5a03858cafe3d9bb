const PROBE_WITHIN_MS = 3_000;

/** Lines of a table with a rule below the header, columns as wide as their widest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

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
