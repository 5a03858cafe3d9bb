import { join } from 'node:path';
import { cachedProgram } from '../../../tools/stack/program-cache';
import type { Progress } from '../../../tools/stack/progress';
import { findJava, findMaven } from '../../../tools/stack/required-programs';
import type { StackSettings } from '../../../tools/stack/stack-settings';
import { recipe } from './recipe';

/** A Java, the jars of Kafka Connect, and the folder of its plugins. */
export interface ConnectProgram {
  readonly java: string;
  readonly jars: string;
  readonly plugins: string;
}

const plugin = 'mongo-kafka-connect';

/** Kafka Connect with the sink connector for MongoDB, fetched when it is not there yet. Throws StackError. */
export async function connectProgram(settings: StackSettings, progress: Progress): Promise<ConnectProgram> {
  const java = findJava(settings.env);
  const { folder, key } = recipe('connect', ['pom.xml']);
  const directory = await cachedProgram(
    {
      label: 'Fetching Kafka Connect and mongo-kafka (Maven)',
      directory: join(settings.cacheDir, `connect-${key}`),
      proof: join('plugins', plugin),
      neededMegabytes: 300,
      fetch: async (target, run) => {
        const copy = (into: string, filter: string): Promise<void> =>
          run(findMaven(settings.env), [
            '-B',
            ...['-f', join(folder, 'pom.xml')],
            'dependency:copy-dependencies',
            `-DoutputDirectory=${join(target, into)}`,
            filter,
          ]);
        await copy('jars', `-DexcludeArtifactIds=${plugin}`);
        await copy(join('plugins', plugin), `-DincludeArtifactIds=${plugin}`);
      },
    },
    progress,
  );
  return { java, jars: join(directory, 'jars'), plugins: join(directory, 'plugins') };
}
