import { submissionBody } from '@libs/contracts/testing';

export function prototypeKeys(): string {
  const text = JSON.stringify(submissionBody());
  return text.replace('{', '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},');
}

/** V8 takes a number in a key for its hash: these would meet in one bucket of a table without a seed. */
export function numericKeys(): string {
  const keys = Array.from({ length: 60_000 }, (_, i) => `"${(i + 1) * 65_536}":1`);
  return `{${keys.join(',')}}`;
}

export function manyKeys(): string {
  return `{${Array.from({ length: 80_000 }, (_, i) => `"k${i}":1`).join(',')}}`;
}

export function vectorOf(count: number): string {
  const text = JSON.stringify(submissionBody({ embedding: ['VECTOR'] }));
  return text.replace('"VECTOR"', Array.from({ length: count }, () => '1').join(','));
}

export function* endless(start: string, piece: string): Generator<string> {
  yield start;
  for (;;) yield piece;
}
