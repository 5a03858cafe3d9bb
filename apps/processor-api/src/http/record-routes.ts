import type { RouteAccess } from '@libs/platform';
import type { Answer, Exchange } from './exchange';

/** A POST that brings records. */
export interface RecordRoute {
  readonly paths: readonly string[];
  readonly access: RouteAccess;
  /** What it throws becomes a problem. */
  answer(exchange: Exchange): Promise<Answer>;
}

/** The routes that RecordServer answers. */
export class RecordRoutes {
  constructor(readonly all: readonly RecordRoute[]) {}
}
