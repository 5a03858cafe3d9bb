/** A node that was not asked for so long is no broker any more; all that can delay a fetch takes less. */
const GONE_AFTER_MS = 60_000;

interface Rounds {
  count: number;
  beganAtMs: number;
  isOpen: boolean;
}

/** How far kafkajs' fetchers are, one for each node: a fetcher begins a round once all that its last brought is handled. */
export class FetchRounds {
  private readonly nodes = new Map<number, Rounds>();

  begins(nodeId: number): void {
    const count = (this.nodes.get(nodeId)?.count ?? 0) + 1;
    this.nodes.set(nodeId, { count, beganAtMs: performance.now(), isOpen: true });
  }

  /** The node answered, and what it brought will be handled. */
  answered(nodeId: number): void {
    const rounds = this.nodes.get(nodeId);
    if (rounds) rounds.isOpen = false;
  }

  /** Tells, when asked later, whether everything that is fetched by now, or being fetched, has been handled. */
  mark(): () => boolean {
    const counts = Array.from(this.nodes, ([nodeId, { count }]) => ({ nodeId, count }));
    return () => counts.every(({ nodeId, count }) => this.isPast(nodeId, count));
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

  private isPast(nodeId: number, count: number): boolean {
    const rounds = this.nodes.get(nodeId);
    return !rounds || rounds.count > count || performance.now() - rounds.beganAtMs > GONE_AFTER_MS;
  }
}
