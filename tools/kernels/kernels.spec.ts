import { readFileSync } from 'node:fs';
import { bytesFile, bytesText, KERNELS } from './kernels';

describe('kernel-bytes.ts', () => {
  it.each(KERNELS)(
    'of $folder is what its source compiles to (npm run kernel writes it)',
    (kernel) => {
      expect(bytesText(kernel)).toBe(readFileSync(bytesFile(kernel), 'utf8'));
    },
    60_000,
  );
});
