/** A node that was not asked for so long is no broker any more; all that can delay a fetch takes less. */
const GONE_AFTER_MS = 60_000;

interface NodeProgress {
  fetches: number;
  startedAtMs: number;
  isOpen: boolean;
}

/** How far kafkajs' fetchers are, one for each node: each fetches again once all of its last fetch is handled. */
export class FetchProgress {
  private readonly nodes = new Map<number, NodeProgress>();

  started(nodeId: number): void {
    const fetches = (this.nodes.get(nodeId)?.fetches ?? 0) + 1;
    this.nodes.set(nodeId, { fetches, startedAtMs: performance.now(), isOpen: true });
  }

  /** The node answered, and what it brought will be handled. */
  answered(nodeId: number): void {
    const node = this.nodes.get(nodeId);
    if (node) node.isOpen = false;
  }

  /** Tells, when asked later, whether everything that is fetched by now, or being fetched, has been handled. */
  mark(): () => boolean {
    const seen = Array.from(this.nodes, ([nodeId, { fetches }]) => ({ nodeId, fetches }));
    return () => seen.every(({ nodeId, fetches }) => this.isPast(nodeId, fetches));
  }

  /**
   * To be asked once when the group is joined: true where a fetch that met stale metadata joined it by itself. The other
   * nodes' fetchers went on then, and what they bring belongs to the generation before.
   * Source: kafkajs, src/consumer/consumerGroup.js, recoverFromFetch.
   */
  restart(): boolean {
    const all = [...this.nodes.values()];
    this.nodes.clear();
    return all.length > 1 && all.some(({ isOpen }) => isOpen);
  }

  private isPast(nodeId: number, fetches: number): boolean {
    const node = this.nodes.get(nodeId);
    return !node || node.fetches > fetches || performance.now() - node.startedAtMs > GONE_AFTER_MS;
  }
}
