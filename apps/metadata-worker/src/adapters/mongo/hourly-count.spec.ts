import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hourlyPipeline } from './hourly-count';

/** What DocumentDB 5.0 or 8.0 lacks: https://docs.aws.amazon.com/documentdb/latest/developerguide/mongo-apis.html */
const MISSING =
  /\$(facet|graphLookup|unionWith|setWindowFields|bucketAuto|sortByCount|function|where|sortArray|merge|bucket|replaceWith|vectorSearch|round|dateTrunc|rand)\b/g;
const USED = ['$addToSet', '$avg', '$group', '$gt', '$lt', '$match', '$max', '$min', '$sum'];

function operatorsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key.startsWith('$') ? [key] : []),
    ...operatorsOf(inner),
  ]);
}

describe('what is asked of the database', () => {
  it('groups an hour with operators that both versions of DocumentDB have', () => {
    expect([...new Set(operatorsOf(hourlyPipeline(new Date())))].sort()).toEqual(USED);
    expect(USED.join(' ')).not.toMatch(MISSING);
  });

  it('holds no operator in any adapter that DocumentDB lacks', () => {
    const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' });
    const sources = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
    expect(sources.length).toBeGreaterThan(5);
    const found = sources.flatMap((name) =>
      (readFileSync(join(__dirname, name), 'utf8').match(MISSING) ?? []).map((operator) => [name, operator]),
    );
    expect(found).toEqual([]);
    expect('{ $dateTrunc: { date } }').toMatch(MISSING);
  });
});
