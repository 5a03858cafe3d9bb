import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { contentKey, type RunCommand } from '../stack/program-cache';
import { StackError } from '../stack/stack-error';

const REPOSITORY = resolve(__dirname, '../..');
const CHECKSUMS = 'checksums.txt';
/** With its version: else the Maven of the machine chooses one. */
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const NOT_USED = 'Nothing of it is used.';

export interface MavenRun {
  /** The path of Maven. */
  readonly maven: string;
  readonly run: RunCommand;
}

/** Where a part of the artefacts goes, below the target, and the option of copy-dependencies that chooses it. */
export interface ArtifactCopy {
  readonly into: string;
  readonly filter?: string;
}

/**
 * The jars that the pom of a folder names, with all that they need. `checksums.txt` beside the pom has the SHA-256 of
 * each: Maven itself compares a jar only with the sum that its repository tells.
 */
export class MavenArtifacts {
  constructor(private readonly folder: string) {}

  /** Changes with what they are. */
  get key(): string {
    return contentKey(join(this.folder, 'pom.xml'), join(this.folder, CHECKSUMS));
  }

  /** Copies them into the folder `target`, and throws a StackError unless each is the one that is meant. */
  async fetch(
    target: string,
    maven: MavenRun,
    copies: readonly ArtifactCopy[] = [{ into: '' }],
  ): Promise<void> {
    await this.copy(target, maven, copies);
    this.verify(target);
  }

  /** Copies them unverified and returns the text of a `checksums.txt` for them. */
  async checksums(target: string, maven: MavenRun): Promise<string> {
    await this.copy(target, maven, [{ into: '' }]);
    const lines = checksumsOf(target).map(([name, sum]) => `${sum}  ${name}\n`);
    return lines.join('');
  }

  private async copy(
    target: string,
    { maven, run }: MavenRun,
    copies: readonly ArtifactCopy[],
  ): Promise<void> {
    const pom = join(this.folder, 'pom.xml');
    for (const { into, filter } of copies) {
      const output = `-DoutputDirectory=${join(target, into)}`;
      const options = filter === undefined ? [output] : [output, filter];
      await run(maven, ['-B', '--strict-checksums', '-f', pom, COPY_DEPENDENCIES, ...options]);
    }
  }

  private verify(target: string): void {
    const file = join(this.folder, CHECKSUMS);
    const [expected, found] = [readChecksums(file), checksumsOf(target)];
    const names = new Set(found.map(([name]) => name));
    const missing = [...expected.keys()].filter((name) => !names.has(name));
    const faults = missing.map((name) => `${name} is missing`);
    for (const [name, sum] of found) {
      if (!expected.has(name)) faults.push(`${name} is not in the list`);
      else if (expected.get(name) !== sum) faults.push(`${name} has another SHA-256`);
    }
    if (faults.length === 0) return;
    throw new StackError(
      `What Maven fetched is not what ${relative(REPOSITORY, file)} lists:\n${faults.map((fault) => `    ${fault}`).join('\n')}`,
      `${NOT_USED} Ask where it comes from; where the pom was changed on purpose: npm run maven-checksums`,
    );
  }
}

/** Name and SHA-256 of every file below a folder, by name. Throws a StackError where there is anything but files. */
function checksumsOf(folder: string): readonly (readonly [name: string, sum: string])[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => !entry.isDirectory(),
  );
  const sums = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) throw new StackError(`What Maven fetched has ${path}, which is no file.`, NOT_USED);
    return [entry.name, createHash('sha256').update(readFileSync(path)).digest('hex')] as const;
  });
  return sums.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The lines of sha256sum. */
function readChecksums(file: string): ReadonlyMap<string, string> {
  const lines = readFileSync(file, 'utf8').matchAll(/^([0-9a-f]{64}) {2}(\S+)$/gm);
  return new Map([...lines].map(([, sum = '', name = '']) => [name, sum]));
}
