import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from './src/openapi/document';

writeFileSync(join(__dirname, '../../docs/openapi.json'), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
