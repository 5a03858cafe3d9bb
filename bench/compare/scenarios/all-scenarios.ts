import { ingestScenario } from './ingest';
import type { Scenario } from './scenario';
import { sinkScenario } from './sink';

/** All that `make bench` measures, in this order. */
export const allScenarios: readonly Scenario[] = [ingestScenario, sinkScenario];
