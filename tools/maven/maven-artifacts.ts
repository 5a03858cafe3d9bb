import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { contentKey, type RunCommand } from '../stack/program-cache';
import { StackError } from '../stack/stack-error';

const REPOSITORY = resolve(__dirname, '../..');
const CHECKSUMS = 'checksums.txt';

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
    const lines = [...checksumsOf(target)].map(([name, sum]) => `${sum}  ${name}\n`);
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
      await run(maven, ['-B', '--strict-checksums', '-f', pom, 'dependency:copy-dependencies', ...options]);
    }
  }

  private verify(target: string): void {
    const file = join(this.folder, CHECKSUMS);
    const [expected, found] = [readChecksums(file), checksumsOf(target)];
    const faults = [...new Set([...found.keys(), ...expected.keys()])].flatMap((name) => {
      if (!found.has(name)) return [`${name} is missing`];
      if (!expected.has(name)) return [`${name} is not in the list`];
      return found.get(name) === expected.get(name) ? [] : [`${name} has another SHA-256`];
    });
    if (faults.length === 0) return;
    throw new StackError(
      `What Maven fetched is not what ${relative(REPOSITORY, file)} lists:\n${faults.map((fault) => `    ${fault}`).join('\n')}`,
      'Nothing of it is used. Ask where it comes from; where the pom was changed on purpose: npm run maven-checksums',
    );
  }
}

/** Name → SHA-256 of every file below a folder, by name. */
function checksumsOf(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const sums = files.map(({ name, parentPath }): [string, string] => {
    const bytes = readFileSync(join(parentPath, name));
    return [name, createHash('sha256').update(bytes).digest('hex')];
  });
  return new Map(sums.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The lines of sha256sum. */
function readChecksums(file: string): ReadonlyMap<string, string> {
  const lines = readFileSync(file, 'utf8').matchAll(/^([0-9a-f]{64}) {2}(\S+)$/gm);
  return new Map([...lines].map(([, sum = '', name = '']) => [name, sum]));
}
