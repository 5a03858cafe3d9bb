import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsDoc } from './src/http/problems/errors-doc';

writeFileSync(join(__dirname, '../../docs/errors.md'), errorsDoc());
