export type { Candidate } from './best-bounds';
export { VectorIndex, type ListedDocument, type VectorDocument } from './vector-index';
