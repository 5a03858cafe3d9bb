import { databaseLaunch } from './database-part';
import { probeDatabase } from './database-readiness';
import { requireSpace } from './disk-space';
import { kafkaLaunch } from './kafka-part';
import { probeKafka } from './kafka-readiness';
import { Part, type PartLaunch } from './part';
import { ensureRunning } from './part-start';
import { stopParts } from './part-stop';
import { databaseProgram, kafkaProgram, s3Program } from './programs';
import { silentProgress, type Progress } from './progress';
import { s3Launch } from './s3-part';
import { ensureBucket, probeS3 } from './s3-readiness';
import { ownStackDirectory, withStackLock } from './stack-directory';
import {
  databaseAddress,
  kafkaAddress,
  s3Address,
  stackAddresses,
  type StackAddresses,
} from './stack-addresses';
import {
  broughtInstead,
  partNames,
  storageNames,
  type PartName,
  type StackSettings,
  type StorageName,
} from './stack-settings';
import { allTogether } from './together';

/** Where the stack listens; a part is undefined where the user brings their own. */
export interface RunningStack extends StackAddresses, Readonly<Record<StorageName, Part | undefined>> {}

/** How one part of the stack is fetched, started and asked whether it is usable. */
interface Storage {
  readonly fetch: (settings: StackSettings, progress: Progress) => Promise<unknown>;
  readonly launch: (settings: StackSettings, progress: Progress) => Promise<PartLaunch>;
  readonly probe: (port: number) => Promise<void>;
  readonly readyWithinMs: number;
}

const storages: Readonly<Record<StorageName, Storage>> = {
  kafka: {
    fetch: kafkaProgram,
    launch: async (settings, progress) => kafkaLaunch(settings, await kafkaProgram(settings, progress)),
    probe: (port) => probeKafka(kafkaAddress(port)),
    readyWithinMs: 120_000,
  },
  database: {
    fetch: databaseProgram,
    launch: async (settings, progress) => databaseLaunch(settings, await databaseProgram(settings, progress)),
    probe: (port) => probeDatabase(databaseAddress(port)),
    readyWithinMs: 60_000,
  },
  s3: {
    fetch: s3Program,
    launch: async (settings, progress) => s3Launch(settings, await s3Program(settings, progress)),
    probe: (port) => probeS3(s3Address(port)),
    readyWithinMs: 60_000,
  },
};

const neededMegabytes = 256;

/** Starts what is missing of Kafka, the database and the object store; waits until all are usable. Throws StackError. */
export async function startStack(
  settings: StackSettings,
  progress: Progress = silentProgress,
): Promise<RunningStack> {
  ownStackDirectory(settings.stackDir);
  requireSpace(
    settings.stackDir,
    neededMegabytes,
    'Free some space there, or choose another folder with STACK_DIR=…',
  );
  return withStackLock(settings, progress, async () => {
    const ours = storageNames.filter((name) => broughtInstead(name, settings) === undefined);
    const parts = new Map(ours.map((name) => [name, new Part(name, settings.stackDir)]));
    const missing = ours.filter((name) => parts.get(name)?.pid() === undefined);
    // All programs before the first start: whatever the machine lacks is reported in one go, and nothing runs yet.
    await allTogether(missing.map((name) => storages[name].fetch(settings, progress)));
    await allTogether(
      [...parts].map(([name, part]) => {
        const { launch, ...storage } = storages[name];
        const plan = { ...storage, part, launch: () => launch(settings, progress) };
        return ensureRunning(plan, settings, progress);
      }),
    );
    const addresses = stackAddresses(settings);
    await makeArchiveBucket(settings, addresses);
    return {
      kafka: parts.get('kafka'),
      database: parts.get('database'),
      s3: parts.get('s3'),
      ...addresses,
    };
  });
}

async function makeArchiveBucket(
  { env, externalS3Endpoint }: StackSettings,
  { s3Endpoint }: StackAddresses,
): Promise<void> {
  const bucket = env.ARCHIVE_BUCKET ?? '';
  if (bucket !== '' && externalS3Endpoint === undefined) await ensureBucket(s3Endpoint, bucket);
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
  await withStackLock(settings, progress, () => stopParts(parts, settings, progress));
}
