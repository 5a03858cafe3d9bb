/**
 * Writes the SHA-256 of every artefact that Maven fetches for us anew, after a pom was changed on purpose:
 * `npm run maven-checksums`. Look at the difference before committing it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findMaven } from '../stack/required-programs';
import { StackError } from '../stack/stack-error';
import { MavenArtifacts } from './maven-artifacts';

const REPOSITORY = resolve(__dirname, '../..');
const FOLDERS = ['tools/stack/kafka', 'tools/stack/s3', 'tools/python/oldest', 'bench/compare/peers/connect'];

function run(command: string, args: readonly string[]): Promise<void> {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status === 0) return Promise.resolve();
  throw new StackError(`mvn ${args.join(' ')} failed.`, 'Run it to see why.');
}

async function main(): Promise<void> {
  const maven = findMaven(process.env);
  for (const folder of FOLDERS) {
    const target = mkdtempSync(join(tmpdir(), 'maven-'));
    try {
      const text = await new MavenArtifacts(join(REPOSITORY, folder)).checksums(target, { maven, run });
      writeFileSync(join(REPOSITORY, folder, 'checksums.txt'), text);
      console.log(`${folder}/checksums.txt written`);
    } finally {
      rmSync(target, { recursive: true });
    }
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof StackError ? `${error.message}\n${error.nextStep}` : error);
  process.exitCode = 1;
});
