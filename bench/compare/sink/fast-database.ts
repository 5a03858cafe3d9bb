import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { probeDatabase } from '../../../tools/stack/database-readiness';
import { freePort } from '../../../tools/stack/port-holder';
import { databaseAddress } from '../../../tools/stack/stack-addresses';
import { eventually } from '@libs/testing/app-process';
import { ChildProgram } from '@libs/testing/child-program';

const readyWithinMs = 30_000;

/** An empty database that lives for one round, on a server fast enough not to be what is measured. */
export class FastDatabase {
  private constructor(
    readonly uri: string,
    readonly program: ChildProgram,
    private readonly folder: string,
  ) {}

  /** Keeps its data in `folder`, which is emptied first. */
  static async start(executable: string, folder: string): Promise<FastDatabase> {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const address = ['--host', '127.0.0.1', '--port', String(port), '--storage-path', '.'];
    const args = [...address, '--standalone', '--cache-size', '1G'];
    const program = new ChildProgram(spawn(executable, args, { cwd: folder }));
    const uri = databaseAddress(port);
    const isReady = (): Promise<boolean> =>
      probeDatabase(uri).then(
        () => true,
        () => false,
      );
    if (await eventually(isReady, readyWithinMs, program.exited))
      return new FastDatabase(uri, program, folder);
    await program.stop();
    throw new Error(`the database did not become ready:\n${program.output.slice(-4_000)}`);
  }

  async stop(): Promise<void> {
    await this.program.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
