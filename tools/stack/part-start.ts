import type { Part, PartLaunch } from './part';
import { partVariables } from './part-variables';
import { refuseTakenPort } from './port-holder';
import type { Progress } from './progress';
import { untilReady } from './readiness';
import { differingVariables } from './settings-fingerprint';
import { portVariables, type KafkaRouteName, type StackSettings } from './stack-settings';

/** How a part is brought up and how one knows that it is. */
export interface PartPlan {
  readonly part: Part;
  launch(): Promise<PartLaunch>;
  probe(port: number): Promise<void>;
  readonly readyWithinMs: number;
  /** Of the API that is started alone: which Kafka it uses. */
  readonly route?: KafkaRouteName;
}

/** Starts the part unless it runs, and waits until it is ready. Throws StackError. */
export async function ensureRunning(
  plan: PartPlan,
  settings: StackSettings,
  progress: Progress,
): Promise<void> {
  const { part, route } = plan;
  const variables = partVariables(part.name, settings, route);
  const record = part.running();
  const port = record?.port ?? settings.ports[part.name];
  if (record !== undefined) {
    progress.note(`  ${part.name} runs already (pid ${record.pid}, port ${port})`);
    const differing = differingVariables(record.settings, variables);
    if (differing.length > 0) {
      progress.note(
        `  ${part.name} runs with another ${differing.join(', ')}; apply with: ${restart(route)}`,
      );
    }
  } else {
    await refuseTakenPort(port, portVariables[part.name]);
    const launch = await plan.launch();
    part.start({ launch, port, variables, route });
  }
  await progress.step(`${part.name} ready on port ${port}`, () =>
    untilReady(part, () => plan.probe(port), plan.readyWithinMs),
  );
}

function restart(route: KafkaRouteName | undefined): string {
  return route === undefined
    ? 'make stop && make up'
    : 'make stop-local-processor && make run-local-processor';
}
