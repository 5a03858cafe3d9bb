import type { ErrorCode, Neighbours, Reader, SimilarityQuery } from '@libs/domain';
import type { ReadSettings } from '../../config';
import type { PassReport } from './index-keeper';

/** What the search thread is started with. */
export interface SearchThreadSettings {
  readonly reads: ReadSettings;
  readonly indexBytes: number;
}

/** To the thread. */
export interface SearchRequest {
  readonly number: number;
  readonly query: SimilarityQuery;
  readonly reader: Reader;
}

/** From the thread. */
export type SearchMessage =
  | { readonly kind: 'answer'; readonly number: number; readonly neighbours: Neighbours }
  | { readonly kind: 'fault'; readonly number: number; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'warning'; readonly fields: object; readonly message: string }
  | { readonly kind: 'pass'; readonly report: PassReport };
