import { writeFileSync } from 'node:fs';
import { bytesFile, bytesText, KERNELS } from './kernels';

/** Writes each compiled kernel as the module that its library loads. */
for (const kernel of KERNELS) writeFileSync(bytesFile(kernel), bytesText(kernel));
