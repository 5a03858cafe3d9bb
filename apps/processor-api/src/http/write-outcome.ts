import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WriteOutcome } from './recent-traffic';

const WRITE_ROUTES: ReadonlySet<string | undefined> = new Set([
  '/v1/metadata',
  '/metadata',
  '/v1/metadata/batch',
  '/metadata/batch',
  '/v1/gpu-metrics',
  '/v1/token-usage',
]);

/** What became of the records of an answered request; undefined where it was not one to write. */
export function writeOutcomeOf(request: FastifyRequest, reply: FastifyReply): WriteOutcome | undefined {
  if (request.method !== 'POST' || request.is404 || !WRITE_ROUTES.has(request.routeOptions.url)) {
    return undefined;
  }
  const isAccepted = reply.statusCode < 300;
  const { accepted = Number(isAccepted), refused = Number(!isAccepted) } = request.outcome.records ?? {};
  return { accepted, refused, ms: reply.elapsedTime };
}
