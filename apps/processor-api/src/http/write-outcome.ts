import type { FastifyReply, FastifyRequest } from 'fastify';
import { requiredScope } from '../access/scope';
import type { WriteOutcome } from './recent-traffic';

/** What became of the records of an answered request; undefined where it was not one to write. */
export function writeOutcomeOf(request: FastifyRequest, reply: FastifyReply): WriteOutcome | undefined {
  const { url } = request.routeOptions;
  if (request.is404 || url === undefined || requiredScope(request.method, url) !== 'ingest') return undefined;
  const isAccepted = reply.statusCode < 300;
  const { accepted = Number(isAccepted), refused = Number(!isAccepted) } = request.outcome.records ?? {};
  return { accepted, refused, ms: reply.elapsedTime };
}
