const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 500;

/**
 * Runs one query after the other. After one that took its time comes a pause as long: a database that serves one at a
 * time has as much left for whoever writes.
 */
export class PacedQueries {
  private free: Promise<unknown> = Promise.resolve();

  run<T>(query: () => Promise<T>): Promise<T> {
    let startedAt = 0;
    const answer = this.free.then(() => {
      startedAt = performance.now();
      return query();
    });
    const pause = async (): Promise<void> => {
      const tookMs = performance.now() - startedAt;
      if (tookMs < MIN_PAUSE_MS) return;
      await new Promise((done) => setTimeout(done, Math.min(tookMs, MAX_PAUSE_MS)));
    };
    this.free = answer.then(pause, pause);
    return answer;
  }
}
