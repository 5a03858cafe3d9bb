import { join } from 'node:path';
import { databaseLaunch } from './database-part';
import { probeDatabase } from './database-readiness';
import { withDirectoryLock } from './directory-lock';
import { requireSpace } from './disk-space';
import { kafkaLaunch } from './kafka-part';
import { probeKafka } from './kafka-readiness';
import { Part } from './part';
import { ensureRunning } from './part-start';
import { stopParts } from './part-stop';
import { databaseProgram, kafkaProgram } from './programs';
import { silentProgress, type Progress } from './progress';
import { databaseAddress, kafkaAddress, stackAddresses, type StackAddresses } from './stack-addresses';
import { partNames, type PartName, type StackSettings } from './stack-settings';
import { allTogether } from './together';

/** Where the stack listens; a part is undefined where the user brings their own. */
export interface RunningStack extends StackAddresses {
  readonly kafka: Part | undefined;
  readonly database: Part | undefined;
}

const neededMegabytes = 256;

/** Starts what is missing of Kafka and the document database and waits until both are usable. Throws StackError. */
export async function startStack(
  settings: StackSettings,
  progress: Progress = silentProgress,
): Promise<RunningStack> {
  requireSpace(
    settings.stackDir,
    neededMegabytes,
    'Free some space there, or choose another folder with STACK_DIR=…',
  );
  return withDirectoryLock(join(settings.stackDir, 'run'), progress, async () => {
    const kafka =
      settings.externalKafkaBrokers === undefined ? new Part('kafka', settings.stackDir) : undefined;
    const database =
      settings.externalMongodbUri === undefined ? new Part('database', settings.stackDir) : undefined;
    // All programs before the first start: whatever the machine lacks is reported in one go, and nothing runs yet.
    await allTogether([
      ...(kafka === undefined || kafka.pid() !== undefined ? [] : [kafkaProgram(settings, progress)]),
      ...(database === undefined || database.pid() !== undefined
        ? []
        : [databaseProgram(settings, progress)]),
    ]);
    await allTogether([
      ...(kafka === undefined ? [] : [startKafka(kafka, settings, progress)]),
      ...(database === undefined ? [] : [startDatabase(database, settings, progress)]),
    ]);
    return { kafka, database, ...stackAddresses(settings) };
  });
}

/** Ends the named parts, the apps first, and keeps their data. Harmless when nothing runs. */
export async function stopStack(
  settings: StackSettings,
  progress: Progress = silentProgress,
  names: readonly PartName[] = partNames,
): Promise<void> {
  const parts = names.map((name) => new Part(name, settings.stackDir));
  if (parts.every((part) => part.pid() === undefined)) {
    progress.note('  nothing runs');
    return;
  }
  await withDirectoryLock(join(settings.stackDir, 'run'), progress, () =>
    stopParts(parts, settings, progress),
  );
}

function startKafka(part: Part, settings: StackSettings, progress: Progress): Promise<void> {
  return ensureRunning(
    {
      part,
      launch: async () => kafkaLaunch(settings, await kafkaProgram(settings, progress)),
      probe: (port) => probeKafka(kafkaAddress(port)),
      readyWithinMs: 120_000,
    },
    settings,
    progress,
  );
}

function startDatabase(part: Part, settings: StackSettings, progress: Progress): Promise<void> {
  return ensureRunning(
    {
      part,
      launch: async () => databaseLaunch(settings, await databaseProgram(settings, progress)),
      probe: (port) => probeDatabase(databaseAddress(port)),
      readyWithinMs: 60_000,
    },
    settings,
    progress,
  );
}
