export type { Candidate } from './best-bounds';
export type { ListedDocument, VectorDocument } from './vector-document';
export { VectorIndex } from './vector-index';
