const KIB = 1_024;

/** 1,234,567 */
export function counted(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** Milliseconds or seconds, to about three digits. */
export function timeText(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}

export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [size, unit] = [bytes, 0];
  for (; size >= KIB && unit < units.length - 1; unit++) size /= KIB;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]!}`;
}

/** Records a second. */
export function rateText(perSecond: number): string {
  return `${perSecond < 100 ? perSecond.toFixed(1) : counted(perSecond)}/s`;
}
