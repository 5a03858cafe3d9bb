import type { ScenarioResult } from '../scenarios/scenario';
import type { FigureName } from './figure-titles';
import { medianOf } from './result-table';

/** One figure of one contestant. */
export interface Place {
  readonly scenario: string;
  readonly contestant: string;
  readonly figure: FigureName;
}

/** Its median over the rounds; NaN where it was not measured. */
export function medianAt(
  { scenario, contestant, figure }: Place,
  results: readonly ScenarioResult[],
): number {
  const found = results
    .find((result) => result.scenario === scenario)
    ?.contestants.find(({ name }) => name === contestant);
  return found ? medianOf(found, figure) : NaN;
}
