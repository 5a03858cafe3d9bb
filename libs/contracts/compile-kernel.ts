import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const COMPILER = join(ROOT, 'node_modules', '.bin', 'asc');
const SOURCE = 'libs/contracts/src/gpu-metadata/embedding-kernel/assembly/kernel.ts';
const OPTIONS = [
  ...['-O3', '--noAssert', '--enable', 'simd', '--enable', 'relaxed-simd'],
  // No garbage collector and no memory of its own: what it reads and writes lies where it is told.
  ...['--runtime', 'stub', '--importMemory', '--noExportMemory'],
];

/** The kernel that reads embeddings, compiled anew: a WebAssembly module. @throws with what the compiler says */
export function compileKernel(): Buffer {
  const { status, stdout, stderr } = spawnSync(COMPILER, [SOURCE, ...OPTIONS, '--outFile'], { cwd: ROOT });
  if (status !== 0) throw new Error(`${SOURCE} does not compile:\n${stderr.toString()}`);
  return stdout;
}
