import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { kafkaProgram, s3Program } from '../stack/programs';
import { silentProgress } from '../stack/progress';
import { StackError } from '../stack/stack-error';
import { stackSettings } from '../stack/stack-settings';
import { MavenArtifacts } from './maven-artifacts';

describe(MavenArtifacts.name, () => {
  let folder: string;
  let target: string;
  let artifacts: MavenArtifacts;
  let goals: string[];

  beforeEach(() => {
    goals = [];
    folder = mkdtempSync(join(tmpdir(), 'maven-artifacts-'));
    target = join(folder, 'target');
    artifacts = new MavenArtifacts(folder);
    writeFileSync(join(folder, 'pom.xml'), '<project/>');
    writeFileSync(join(folder, 'checksums.txt'), `${line('a.jar')}${line('b.jar')}`);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function line(name: string): string {
    return `${createHash('sha256').update(`bytes of ${name}`).digest('hex')}  ${name}\n`;
  }

  /** A Maven that copies these instead of what the pom names. */
  function fetch(files: Readonly<Record<string, string>>): Promise<void> {
    const run = (_command: string, args: readonly string[]): Promise<void> => {
      const output = args.find((arg) => arg.startsWith('-DoutputDirectory='))!.split('=')[1]!;
      goals.push(...args.filter((arg) => arg.includes('copy-dependencies')));
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(output, name)), { recursive: true });
        writeFileSync(join(output, name), content);
      }
      return Promise.resolve();
    };
    return artifacts.fetch(target, { maven: 'mvn', run });
  }

  const good = { 'a.jar': 'bytes of a.jar', 'b.jar': 'bytes of b.jar' };

  it('takes what is listed', async () => {
    await fetch(good);
    expect(readdirSync(target)).toEqual(['a.jar', 'b.jar']);
  });

  it.each([
    ['was changed', { ...good, 'b.jar': 'planted' }, 'b.jar has another SHA-256'],
    ['is not listed', { ...good, 'c.jar': 'planted' }, 'c.jar is not in the list'],
    ['is missing', { 'a.jar': good['a.jar'] }, 'b.jar is missing'],
  ])('refuses them all where one %s, and names it', async (_name, files, fault) => {
    await expect(fetch(files)).rejects.toThrow(fault);
    await expect(fetch(files)).rejects.toThrow(StackError);
  });

  it('refuses them all where two folders have a file of one name, and one of the two was changed', async () => {
    for (const [first, second] of [
      ['one', 'two'],
      ['two', 'one'],
    ] as const) {
      const files = { ...good, [`${first}/a.jar`]: 'bytes of a.jar', [`${second}/a.jar`]: 'planted' };
      await expect(fetch(files)).rejects.toThrow('a.jar has another SHA-256');
    }
  });

  it('refuses them all where one is a link', async () => {
    const planted = join(folder, 'planted');
    writeFileSync(planted, 'planted');
    mkdirSync(target);
    symlinkSync(planted, join(target, 'c.jar'));
    await expect(fetch(good)).rejects.toThrow(StackError);
    await expect(fetch(good)).rejects.toThrow('c.jar, which is no file');
  });

  it('has Maven copy them with a plugin whose version is fixed', async () => {
    await fetch(good);
    expect(goals).toEqual([expect.stringMatching(/:maven-dependency-plugin:\d[\d.]+:copy-dependencies$/)]);
  });

  it('has another key for another list, so that what was fetched for the old one is not used', () => {
    const before = artifacts.key;
    writeFileSync(join(folder, 'checksums.txt'), line('a.jar'));
    expect(artifacts.key).not.toBe(before);
  });
});

describe.each([
  ['Kafka', kafkaProgram],
  ['S3Proxy', s3Program],
])('%s', (_name, program) => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'planted-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is not there when Maven fetched something else', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const command = (name: string, script: string): void => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    command('java', 'echo "java.specification.version = 17"');
    const plant = 'mkdir -p "$folder" && echo planted > "$folder/planted.jar"';
    command('mvn', `for arg; do case $arg in -DoutputDirectory=*) folder=\${arg#*=} ;; esac; done\n${plant}`);
    const cacheDir = join(folder, 'cache');
    const env = { PATH: [bin, process.env.PATH].join(delimiter) };
    await expect(program({ ...stackSettings(env), cacheDir }, silentProgress)).rejects.toThrow(
      'planted.jar is not in the list',
    );
    const accepted = readdirSync(cacheDir).filter((name) => !/\.(part|lock|log)$/.test(name));
    expect(accepted).toEqual([]);
  });
});
