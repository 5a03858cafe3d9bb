import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const COMPILER = join(ROOT, 'node_modules', '.bin', 'asc');
const OPTIONS = [
  ...['-O3', '--noAssert', '--enable', 'simd', '--enable', 'relaxed-simd'],
  // No garbage collector and no memory of its own: what it reads and writes lies where it is told.
  ...['--runtime', 'stub', '--importMemory', '--noExportMemory'],
];

/** WebAssembly that is checked in: compiled from assembly/kernel.ts in its folder. */
export interface Kernel {
  readonly folder: string;
  /** What kernel-bytes.ts beside it exports. */
  readonly constant: string;
}

export const KERNELS: readonly Kernel[] = [
  { folder: 'libs/contracts/src/gpu-metadata/embedding-kernel', constant: 'EMBEDDING_KERNEL' },
  { folder: 'libs/vector-index/src/dot-kernel', constant: 'DOT_KERNEL' },
];

export function bytesFile({ folder }: Kernel): string {
  return join(ROOT, folder, 'kernel-bytes.ts');
}

/** The text of kernel-bytes.ts, compiled anew. @throws with what the compiler says */
export function bytesText({ folder, constant }: Kernel): string {
  const source = `${folder}/assembly/kernel.ts`;
  const { status, stdout, stderr } = spawnSync(COMPILER, [source, ...OPTIONS, '--outFile'], { cwd: ROOT });
  if (status !== 0) throw new Error(`${source} does not compile:\n${stderr.toString()}`);
  return `/** Compiled from assembly/ by \`npm run kernel\`: a WebAssembly module in base64. */
export const ${constant} =
  '${stdout.toString('base64')}';
`;
}
