import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { PartLaunch } from './part';
import type { JavaProgram } from './programs';
import type { StackSettings } from './stack-settings';

const mainClass = 'org.gaul.s3proxy.Main';
const dataDir = join('data', 's3');
const propertiesFile = join('run', 's3.properties');

/** How to start the object store: any credentials are good, as it listens on loopback alone. */
export function s3Launch({ stackDir, env, ports }: StackSettings, program: JavaProgram): PartLaunch {
  mkdirSync(join(stackDir, 'run'), { recursive: true });
  mkdirSync(join(stackDir, dataDir), { recursive: true });
  const properties = [
    `s3proxy.endpoint=http://127.0.0.1:${ports.s3}`,
    's3proxy.authorization=none',
    'jclouds.provider=filesystem-nio2',
    // Absolute: with a relative one it stores, but lists nothing.
    `jclouds.filesystem.basedir=${escaped(join(stackDir, dataDir))}`,
  ];
  writeFileSync(join(stackDir, propertiesFile), `${properties.join('\n')}\n`);
  const classPath = [join(__dirname, 's3'), join(program.jars, '*')].join(delimiter);
  return {
    command: program.java,
    args: [
      '-Xmx256m',
      '-XX:+ExitOnOutOfMemoryError',
      '-Djava.awt.headless=true',
      '-cp',
      classPath,
      mainClass,
      '--properties',
      propertiesFile,
    ],
    cwd: stackDir,
    // The JVM takes the names of files to be in the locale's encoding.
    env: { ...env, LC_ALL: 'C.UTF-8' },
    marker: `${mainClass} --properties ${propertiesFile}`,
  };
}

/** A value in a Java properties file, which is Latin-1. */
function escaped(value: string): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return value.replaceAll(/[^ -~]|\\/g, escape);
}
