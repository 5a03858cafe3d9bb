import { join } from 'node:path';
import { MavenArtifacts } from '../../../tools/maven/maven-artifacts';
import { cachedProgram } from '../../../tools/stack/program-cache';
import type { Progress } from '../../../tools/stack/progress';
import { findJava, findMaven } from '../../../tools/stack/required-programs';
import type { StackSettings } from '../../../tools/stack/stack-settings';

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
  const artifacts = new MavenArtifacts(join(__dirname, '..', 'peers', 'connect'));
  const directory = await cachedProgram(
    {
      label: 'Fetching Kafka Connect and mongo-kafka (Maven)',
      directory: join(settings.cacheDir, `connect-${artifacts.key}`),
      proof: join('plugins', plugin),
      neededMegabytes: 300,
      fetch: (target, run) =>
        artifacts.fetch(target, { maven: findMaven(settings.env), run }, [
          { into: 'jars', filter: `-DexcludeArtifactIds=${plugin}` },
          { into: join('plugins', plugin), filter: `-DincludeArtifactIds=${plugin}` },
        ]),
    },
    progress,
  );
  return { java, jars: join(directory, 'jars'), plugins: join(directory, 'plugins') };
}
