/** A document as far as it is searched by. */
export interface VectorDocument {
  readonly eventId: string;
  readonly capturedAtMs: number;
  readonly acceptedAtMs: number;
  readonly model: string;
  readonly deviceName: string;
  readonly tags: readonly string[];
  readonly embedding: Float32Array;
}

/** What tells whether a document is new, or was replaced. */
export type ListedDocument = Pick<VectorDocument, 'eventId' | 'capturedAtMs' | 'acceptedAtMs'>;
