import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { consoleAsset, type ConsoleAsset } from './console-asset';

const PAGE_FOLDER = join(__dirname, 'page');
const PAGE_FILE = /\.(?:html|css|js|svg)$/;
const INDEX = 'index.html';

/** Charts, from the package itself: name under /console/ → file. */
const LIBRARY_FILES: Readonly<Record<string, string>> = {
  'uplot.js': require.resolve('uplot/dist/uPlot.iife.min.js'),
  'uplot.css': require.resolve('uplot/dist/uPlot.min.css'),
};

/**
 * Nothing but our own files and our own API. uPlot sets styles through the CSSOM, which style-src does not
 * forbid; no text of a record is ever taken for markup, and if it were, no script of it would run.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
};

/**
 * Serves the page at /console and its files below. Each file that is there at start has a route of its own and is
 * held in memory: no path of a request ever reaches the file system.
 */
export function serveConsole(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  for (const [name, asset] of readAssets()) {
    const paths = name === INDEX ? ['/console', '/console/'] : [`/console/${name}`];
    for (const path of paths) {
      server.get(path, (request: FastifyRequest, reply: FastifyReply) => send(asset, request, reply));
    }
  }
}

function readAssets(): Map<string, ConsoleAsset> {
  const own = readdirSync(PAGE_FOLDER).filter((name) => PAGE_FILE.test(name));
  const files = [
    ...own.map((name) => [name, join(PAGE_FOLDER, name)] as const),
    ...Object.entries(LIBRARY_FILES),
  ];
  return new Map(files.map(([name, file]) => [name, consoleAsset(name, readFileSync(file))]));
}

function send(asset: ConsoleAsset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.headers({ ...HEADERS, etag: asset.etag });
  if (isKnown(asset.etag, request.headers['if-none-match'])) return reply.status(304).send();
  void reply.type(asset.contentType);
  if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(asset.bytes);
  return reply.header('content-encoding', 'gzip').send(asset.gzipped);
}

function isKnown(etag: string, ifNoneMatch = ''): boolean {
  return ifNoneMatch.split(',').some((tag) => tag.trim() === etag);
}

function acceptsGzip(acceptEncoding: string | string[] = ''): boolean {
  return String(acceptEncoding)
    .split(',')
    .some((item) => /^\s*gzip\s*(?:$|;(?!\s*q=0(?:\.0*)?\s*$))/i.test(item));
}
