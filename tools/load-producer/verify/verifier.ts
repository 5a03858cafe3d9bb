import type { IndexSet } from '../index-set';
import type { Findings } from './verification';

/** Reads acknowledged records back and compares them with what was sent. */
export abstract class Verifier {
  /** Records that were found so far. */
  abstract get found(): number;

  /** Before anything is sent; @throws ForeseenError where nothing could be read back later */
  abstract prepare(): Promise<void>;

  /** Resolves once each acknowledged record was found or is missing; after an abort those not found yet are unread. */
  abstract verify(acknowledged: IndexSet, signal: AbortSignal): Promise<Findings>;

  abstract close(): Promise<void>;
}
