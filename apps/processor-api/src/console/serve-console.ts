import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { serveFile } from '../http/static-files';

const PAGE_FOLDER = join(__dirname, 'page');
const PAGE_FILE = /\.(?:html|css|js|svg)$/;
const INDEX = 'index.html';

/** Charts, from the package itself: name under /console/ → file. */
const LIBRARY_FILES: Readonly<Record<string, string>> = {
  'uplot.js': require.resolve('uplot/dist/uPlot.iife.min.js'),
  'uplot.css': require.resolve('uplot/dist/uPlot.min.css'),
};

/** Serves the page at /console and its files below, as they are at start. */
export function serveConsole(server: FastifyInstance): void {
  const own = readdirSync(PAGE_FOLDER).filter((name) => PAGE_FILE.test(name));
  const files = [
    ...own.map((name) => [name, join(PAGE_FOLDER, name)] as const),
    ...Object.entries(LIBRARY_FILES),
  ];
  for (const [name, file] of files) {
    const path = name === INDEX ? '/console' : `/console/${name}`;
    serveFile(server, path, { name, bytes: readFileSync(file) });
  }
}
