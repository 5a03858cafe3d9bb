import { RecordedMetadata } from './recorded-metadata';

/** Who reads: the id of the API key, null where the API runs without keys. */
export interface Reader {
  readonly keyId: string | null;
}

/** Whether a reader wants the vectors too: they are most of what a document weighs. */
export type Detail = 'without-embedding' | 'with-embedding';

/** A document as it is read back; its vector is there where it was asked for. */
export type StoredMetadata = Omit<RecordedMetadata, 'embedding'> & { readonly embedding?: Float32Array };

/** Which documents are meant; a field left out means any. Texts match exactly. */
export interface MetadataFilter {
  readonly model?: string;
  readonly deviceName?: string;
  /** One of the document's tags. */
  readonly tag?: string;
  /** First instant of capture. */
  readonly from?: Date;
  /** First instant of capture that is not meant any more. */
  readonly to?: Date;
}

/** A document's place among all, newest capture first; of one instant the greater eventId first. */
export interface CapturePosition {
  readonly capturedAt: Date;
  readonly eventId: string;
}
