import { ceilingScenario } from './ceiling';
import { growthScenario } from './growth';
import { memoryScenario } from './growth-memory';
import { ingestScenario } from './ingest';
import { latencyScenario } from './latency';
import type { Scenario } from './scenario';
import { sinkScenario } from './sink';

/** All that `make bench` measures, in this order. */
export const allScenarios: readonly Scenario[] = [
  ingestScenario,
  ceilingScenario,
  growthScenario([128, 512, 2_048, 8_192]),
  memoryScenario(200_000),
  sinkScenario,
  latencyScenario,
];
