import { ceilingScenario } from './ceiling';
import { growthScenario } from './growth';
import { ingestScenario } from './ingest';
import { latencyScenario } from './latency';
import type { Scenario } from './scenario';
import { sinkScenario } from './sink';

/** All that `make bench` measures, in this order. */
export const allScenarios: readonly Scenario[] = [
  ingestScenario,
  ceilingScenario,
  growthScenario,
  sinkScenario,
  latencyScenario,
];
