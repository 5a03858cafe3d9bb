/** What the page reads from the API besides the status; docs: /docs. */

export type Embedding =
  readonly number[] | { readonly encoding: string; readonly dimension: number; readonly data: string };

export interface MetadataItem {
  readonly eventId: string;
  readonly model: string;
  readonly embedding?: Embedding;
  readonly embeddingDimension: number;
  readonly embeddingNorm: number;
  readonly gpu: Readonly<Record<string, string | number | null>> & { readonly deviceName: string };
  readonly source?: { readonly kind: string; readonly uri?: string; readonly name?: string };
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly capturedAt: string;
  readonly acceptedAt: string;
  readonly processedAt: string;
  readonly pipeline: Readonly<Record<string, unknown>>;
  /** Of a search: cosine of the angle to the example. */
  readonly score?: number;
}

export interface MetadataPage {
  readonly items: readonly MetadataItem[];
  readonly nextCursor: string | null;
}

export interface HourlyItem {
  readonly hour: string;
  readonly model: string;
  readonly deviceName: string;
  readonly count: number;
}

export interface SearchAnswer {
  readonly items: readonly MetadataItem[];
  readonly scanned: number;
  readonly exhaustive: boolean;
  readonly index: { readonly loaded: boolean; readonly vectors: number; readonly documents: number };
}
