import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileKernel } from './compile-kernel';

/** Writes the compiled kernel as the module that the contracts load. */
const file = join(__dirname, 'src/gpu-metadata/embedding-kernel/kernel-bytes.ts');
const text = `/** Compiled from assembly/ by \`npm run kernel\`: a WebAssembly module in base64. */
export const EMBEDDING_KERNEL =
  '${compileKernel().toString('base64')}';
`;
writeFileSync(file, text);
