import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaProperties } from './kafka-properties';
import type { PartLaunch } from './part';
import { freePort } from './port-holder';
import type { JavaProgram } from './programs';
import { StackError } from './stack-error';
import type { StackSettings } from './stack-settings';

const mainClass = 'kafka.Kafka';
const dataDir = join('data', 'kafka');
const propertiesFile = join('run', 'kafka.properties');

/** Formats the storage once and says how to start the broker. Throws StackError. */
export async function kafkaLaunch(settings: StackSettings, program: JavaProgram): Promise<PartLaunch> {
  const { stackDir, env } = settings;
  mkdirSync(join(stackDir, 'run'), { recursive: true });
  mkdirSync(join(stackDir, 'data'), { recursive: true });
  // A fixed quorum keeps no port on disk, so the controller may listen elsewhere at each start.
  const ports = { port: settings.ports.kafka, controllerPort: await freePort() };
  if (!existsSync(join(stackDir, dataDir))) await formatStorage(settings, program, ports);
  writeFileSync(join(stackDir, propertiesFile), kafkaProperties(dataDir, ports));
  return {
    command: program.java,
    args: [
      '-Xms128m',
      '-Xmx512m',
      '-XX:+ExitOnOutOfMemoryError',
      ...javaArgs(program),
      mainClass,
      propertiesFile,
    ],
    cwd: stackDir,
    env,
    marker: `${mainClass} ${propertiesFile}`,
  };
}

function javaArgs({ jars }: JavaProgram): string[] {
  const classPath = [join(__dirname, 'kafka'), join(jars, '*')].join(delimiter);
  return ['-Djava.awt.headless=true', '-cp', classPath];
}

async function formatStorage(
  { stackDir }: StackSettings,
  program: JavaProgram,
  ports: { port: number; controllerPort: number },
): Promise<void> {
  // Renamed when complete: a format that was cut short leaves nothing that looks like data.
  const unfinished = `${dataDir}.part`;
  rmSync(join(stackDir, unfinished), { recursive: true, force: true });
  writeFileSync(join(stackDir, propertiesFile), kafkaProperties(unfinished, ports));
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A'); // a leading dash would read as an option
  const args = [
    ...javaArgs(program),
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    propertiesFile,
  ];
  try {
    await promisify(execFile)(program.java, args, { cwd: stackDir });
  } catch (error) {
    const { stderr, stdout } = error as { stderr?: string; stdout?: string };
    throw new StackError(
      `Kafka's storage in ${stackDir} could not be formatted:\n${(stderr ?? '') + (stdout ?? '')}`.trim(),
      'Correct the cause shown there and run the command again.',
      { cause: error },
    );
  }
  renameSync(join(stackDir, unfinished), join(stackDir, dataDir));
}
