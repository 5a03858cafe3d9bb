import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const WHOLE = /^(\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;

/** Milliseconds of a text such as `30s`, `5m` or `1h30m`; undefined where it is none. */
export function durationMs(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  const parts = [...text.matchAll(PART)];
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  );
}

/** A setting that is a duration of `minMs` to `maxMs`, read as milliseconds. */
export function duration(minMs: number, maxMs: number): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const ms = durationMs(text);
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    const message = `must be a duration such as 500ms, 30s, 5m or 1h30m, from ${spelled(minMs)} to ${spelled(maxMs)}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

function spelled(ms: number): string {
  if (ms % UNIT_MS.h === 0 && ms > 0) return `${ms / UNIT_MS.h}h`;
  return ms % UNIT_MS.s === 0 ? `${ms / UNIT_MS.s}s` : `${ms}ms`;
}
