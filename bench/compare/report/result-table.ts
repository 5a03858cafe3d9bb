import { percentile } from '../../measuring/figures';
import type { Measured, ScenarioResult } from '../scenarios/scenario';
import { figureTitles, type FigureName } from './figure-titles';

/** Cells of a table: the header and a row for each contestant. */
export interface ResultTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const none = '-';
const leading = 'recordsPerSecond';

/** Medians over the rounds, the least and the most of the rate, and its ratio to the first contestant's. */
export function resultTable({ contestants }: Pick<ScenarioResult, 'contestants'>): ResultTable {
  const names = Object.keys(figureTitles) as FigureName[];
  const given = names.filter(
    (name) => name !== leading && contestants.some(({ rounds }) => rounds.some((round) => name in round)),
  );
  const [first] = contestants;
  return {
    header: [
      '',
      figureTitles[leading].title,
      'spread',
      'ratio',
      ...given.map((name) => figureTitles[name].title),
    ],
    rows: contestants.map((one) => [
      one.name,
      shown(one, leading),
      spreadOf(one),
      first ? (medianOf(one, leading) / medianOf(first, leading)).toFixed(2) : none,
      ...given.map((name) => shown(one, name)),
    ]),
  };
}

/** The median of a figure over the rounds; NaN where no round gave it. */
export function medianOf({ rounds }: Measured, figure: FigureName): number {
  return percentile(
    rounds.flatMap((round) => round[figure] ?? []),
    0.5,
  );
}

function shown(one: Measured, figure: FigureName): string {
  const value = medianOf(one, figure);
  return Number.isNaN(value) ? none : value.toFixed(figureTitles[figure].digits);
}

function spreadOf({ rounds }: Measured): string {
  const rates = rounds.flatMap(({ recordsPerSecond }) => recordsPerSecond ?? []);
  return rates.length === 0 ? none : `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`;
}
