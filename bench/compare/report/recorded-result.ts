import type { ScenarioResult } from '../scenarios/scenario';
import type { Provenance } from './provenance';

/** A scenario's figures with where they come from. */
export interface RecordedResult extends ScenarioResult {
  readonly run: Provenance;
}
