import { UsageFault } from '@libs/platform';
import type { KeyTerms } from './key-administration';
import { isKeyId, MAX_QUOTA_PER_MINUTE } from './keys-file';
import { SCOPES, type Scope } from '../api-key';

const HOUR_MS = 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** The options of `npm run keys` as they are typed. */
export interface KeyOptions {
  readonly id?: string | undefined;
  readonly quota?: string | undefined;
  readonly scopes?: string | undefined;
  readonly expires?: string | undefined;
}

/** @throws UsageFault */
export function idOf({ id = '' }: KeyOptions): string {
  if (isKeyId(id)) return id;
  throw new UsageFault('--id must be 1 to 64 letters, digits, dots, underscores or hyphens');
}

/** @throws UsageFault */
export function termsOf({ quota, scopes, expires }: KeyOptions, now: Date): KeyTerms {
  return {
    quotaPerMinute: quota === undefined ? undefined : quotaOf(quota),
    scopes: scopes === undefined ? undefined : scopesOf(scopes),
    expiresAt: expires === undefined ? undefined : momentOf(expires, now),
  };
}

function quotaOf(text: string): number {
  const perMinute = Number(/^(\d{1,9})\/min$/.exec(text)?.[1] ?? 0);
  if (perMinute >= 1 && perMinute <= MAX_QUOTA_PER_MINUTE) return perMinute;
  throw new UsageFault(`--quota must be such as 600/min, from 1/min to ${MAX_QUOTA_PER_MINUTE}/min`);
}

function scopesOf(text: string): readonly Scope[] {
  const given = text.split(',').map((scope) => scope.trim());
  const unknown = given.some((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown) throw new UsageFault(`--scopes must be some of ${SCOPES.join(',')}`);
  return SCOPES.filter((scope) => given.includes(scope));
}

function momentOf(text: string, now: Date): Date | null {
  if (text === 'never') return null;
  const [, count, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const at =
    count === undefined
      ? MOMENT.test(text)
        ? new Date(text)
        : new Date(NaN)
      : new Date(now.getTime() + Number(count) * UNIT_MS[unit]!);
  if (at > now) return at;
  throw new UsageFault(
    '--expires must be a time to come such as 2027-06-30 (the beginning of that day in UTC) or ' +
      '2027-06-30T12:00:00Z, a duration such as 12h, 30d or 8w, or never',
  );
}
