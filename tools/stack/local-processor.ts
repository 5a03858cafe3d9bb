import { appLaunch } from './app-launch';
import { probeApp } from './app-readiness';
import { chooseKafkaRoute, kafkaRoute, type KafkaRoute } from './kafka-route';
import { localProcessorEnvironment } from './local-processor-environment';
import { Part } from './part';
import { ensureRunning } from './part-start';
import { requireReachableBroker } from './reachable-broker';
import { silentProgress, type Progress } from './progress';
import { withStackLock } from './stack-directory';
import type { StackSettings } from './stack-settings';

const readyWithinMs = 30_000;

/** Starts the API alone unless it runs, waits until it can write to Kafka, and tells to which. Throws StackError. */
export async function startLocalProcessor(
  settings: StackSettings,
  progress: Progress = silentProgress,
): Promise<KafkaRoute> {
  return withStackLock(settings, progress, async () => {
    const part = new Part('processor-api', settings.stackDir);
    const route = chooseKafkaRoute(settings);
    if (route.name === 'yours') await requireReachableBroker(route.brokers, settings.env.KAFKA_BROKER_MAP);
    const env = localProcessorEnvironment(settings, route);
    const plan = {
      part,
      route: route.name,
      launch: () => Promise.resolve(appLaunch(settings, 'processor-api', env)),
      probe: (port: number) => probeApp(port, env),
      readyWithinMs,
    };
    await ensureRunning(plan, settings, progress);
    return routeOfRunning(part, settings);
  });
}

/** Which may be another than was asked for, where it ran already. */
function routeOfRunning(part: Part, settings: StackSettings): KafkaRoute {
  const withStack = settings.externalKafkaBrokers === undefined ? 'stack' : 'yours';
  return kafkaRoute(part.running()?.route ?? withStack, settings);
}
