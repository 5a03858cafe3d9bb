import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GPU_METRICS_SCHEMA, RECORD_SCHEMA, SUBMISSION_SCHEMA, TOKEN_USAGE_SCHEMA } from '@libs/contracts';

/** Writes the JSON Schemas that producers and consumers in other languages read. */
const PUBLISHED = {
  'gpu-metadata-submission.v1.schema.json': SUBMISSION_SCHEMA,
  'gpu-metadata-record.v1.schema.json': RECORD_SCHEMA,
  'gpu-metrics.v1.schema.json': GPU_METRICS_SCHEMA,
  'token-usage.v1.schema.json': TOKEN_USAGE_SCHEMA,
};

const folder = join(__dirname, 'schemas');
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(PUBLISHED)) {
  writeFileSync(join(folder, name), `${JSON.stringify(schema, null, 2)}\n`);
}
