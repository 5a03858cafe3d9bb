import type { Progress } from '../../../tools/stack/progress';
import type { StackSettings } from '../../../tools/stack/stack-settings';
import type { FigureName } from '../report/figure-titles';

/** What a run of the bench offers its scenarios. */
export interface Workshop {
  readonly settings: StackSettings;
  readonly progress: Progress;
  readonly kafkaBrokers: string;
  /** How often each contestant has its turn. */
  readonly rounds: number;
  /** How long a round of load is. */
  readonly seconds: number;
  /** How long whoever is fast only when warm is under load before the rounds. */
  readonly warmUpSeconds: number;
}

export type Figures = Readonly<Partial<Record<FigureName, number>>>;

/** One side of a comparison, with what each of its rounds gave. */
export interface Measured {
  readonly name: string;
  readonly rounds: readonly Figures[];
}

/** What a scenario found; the first contestant is what the others are compared with. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly title: string;
  readonly contestants: readonly Measured[];
}

/** One way to measure; it may answer for several names, measured in one go. */
export interface Scenario {
  readonly names: readonly string[];
  /** Measures what is `wanted` of its names. */
  readonly run: (workshop: Workshop, wanted: readonly string[]) => Promise<readonly ScenarioResult[]>;
}
