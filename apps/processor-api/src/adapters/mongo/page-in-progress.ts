import type { CapturePosition, MetadataFilter, PageRequest } from '@libs/domain';
import { newestFirst, type Documents } from './metadata-pages';
import type { StoredMetadataDocument } from './stored-metadata.document';

/** Of a page's time: when it ends with what it has, and when it is given up without anything. */
const BUDGET_SHARE = 0.25;
const LOOKING_SHARE = 0.8;

/** What one page has found so far, and how much time it has. */
export class PageInProgress {
  readonly found: StoredMetadataDocument[] = [];
  /** Up to where everything was looked at. */
  reached: CapturePosition | undefined;
  private readonly startedAt = performance.now();

  constructor(
    readonly documents: Documents,
    readonly request: PageRequest,
    private readonly timeoutMs: number,
  ) {}

  /** One document more than the page holds tells whether another follows. */
  get isFull(): boolean {
    return this.found.length > this.request.limit;
  }

  get isOver(): boolean {
    return this.isFull || this.lookingMs <= 0;
  }

  get lookingMs(): number {
    return this.leftMs(this.reached ? BUDGET_SHARE : LOOKING_SHARE);
  }

  leftMs(share: number): number {
    return this.startedAt + share * this.timeoutMs - performance.now();
  }

  /** Everything between the last window and `reached`. */
  take(documents: readonly StoredMetadataDocument[], reached: CapturePosition): void {
    const { filter } = this.request;
    this.found.push(...documents.filter((document) => matches(document, filter)).sort(newestFirst));
    this.reached = reached;
  }
}

function matches({ model, gpu, tags }: StoredMetadataDocument, filter: MetadataFilter): boolean {
  return (
    (filter.model ?? model) === model &&
    (filter.deviceName ?? gpu.deviceName) === gpu.deviceName &&
    (filter.tag === undefined || tags.includes(filter.tag))
  );
}
