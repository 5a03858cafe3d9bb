import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { serveFile } from '../http/static-files';
import { openApiDocument } from './document';

/** Of the package of Swagger UI; its own page loads a style and a script that are not ours. */
const LIBRARY_FILES = {
  'index.css': require.resolve('swagger-ui-dist/index.css'),
  'swagger-ui.css': require.resolve('swagger-ui-dist/swagger-ui.css'),
  'swagger-ui-bundle.js': require.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  'favicon-32x32.png': require.resolve('swagger-ui-dist/favicon-32x32.png'),
};

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>GPU metadata pipeline: processor API</title>
    <link rel="icon" href="/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="stylesheet" href="/docs/index.css" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** validatorUrl: no picture from elsewhere. */
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

/** Serves the document at /openapi.json and, for people, Swagger UI at /docs. */
export function serveOpenApi(server: FastifyInstance): void {
  const text = (name: string, content: string): { name: string; bytes: Buffer } => ({
    name,
    bytes: Buffer.from(content),
  });
  serveFile(server, '/openapi.json', text('openapi.json', JSON.stringify(openApiDocument())));
  serveFile(server, '/docs', text('index.html', PAGE));
  serveFile(server, '/docs/start.js', text('start.js', START));
  for (const [name, file] of Object.entries(LIBRARY_FILES)) {
    serveFile(server, `/docs/${name}`, { name, bytes: readFileSync(file) });
  }
}
