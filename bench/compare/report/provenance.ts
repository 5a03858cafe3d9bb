import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fastDatabaseVersion } from '../programs/fast-database-program';

/** Where, when and of what a scenario was measured. */
export interface Provenance {
  /** RFC 3339. */
  readonly at: string;
  readonly commit: string;
  readonly rounds: number;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGib: number;
  };
  /** Name → version, of what ran. */
  readonly versions: Readonly<Record<string, string>>;
}

const peers = join(__dirname, '..', 'peers');

/** Of the run that is under way. */
export function provenance(rounds: number): Provenance {
  const pom = readFileSync(join(peers, 'connect', 'pom.xml'), 'utf8');
  const goMod = readFileSync(join(peers, 'bento', 'go.mod'), 'utf8');
  const isChanged = output('git', ['status', '--porcelain', '--', 'apps', 'libs']) !== '';
  return {
    at: new Date().toISOString(),
    commit: output('git', ['rev-parse', '--short', 'HEAD']) + (isChanged ? ' with changes' : ''),
    rounds,
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGib: Math.round(totalmem() / 2 ** 30),
    },
    versions: {
      Node: process.version.slice(1),
      Java: matched(output('java', ['--version']), /^\S+ (\S+)/),
      Go: matched(output('go', ['version']), /go(\d\S+)/),
      'Kafka and Kafka Connect': matched(pom, /<kafka\.version>(.+?)</),
      'mongo-kafka': matched(pom, /mongo-kafka-connect<\/artifactId>\s*<version>(.+?)</),
      Bento: matched(goMod, /warpstreamlabs\/bento v(\S+)/),
      "SecantusDB's server in Rust": fastDatabaseVersion,
    },
  };
}

function output(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return ''; // what is not installed has no version
  }
}

function matched(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1] ?? 'unknown';
}
