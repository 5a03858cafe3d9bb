// Reads an OpenAPI document from standard input and prints what Redocly's recommended rules find; the linter is an
// ES module, which jest does not load.
import { text } from 'node:stream/consumers';
import { createConfig, lintFromString } from '@redocly/openapi-core';

const config = await createConfig({
  extends: ['recommended'],
  rules: {
    'info-license': 'off', // nobody is licensed to use the product
    'operation-4xx-response': 'error',
  },
});
const source = await text(process.stdin);
const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
const lines = problems.map(
  ({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer ?? ''}: ${message}`,
);
process.stdout.write(lines.join('\n'));
