const LONGEST_PAUSE_MS = 60_000;
/** Many tabs that lost one API at one moment do not come back at one moment. */
const JITTER = 0.2;

/**
 * What is done again and again, and what to do with its faults; a fault may say how long to wait at least.
 *
 * @typedef {object} Polling
 * @property {() => Promise<void>} task
 * @property {(fault: Error & { retryAfterMs?: number }) => void} onFault
 * @property {number} intervalMs
 */

/** @typedef {Pick<Document, 'hidden' | 'addEventListener'>} Visibility */

/** Repeats a task while the page is seen and nobody paused it; after faults it waits longer each time. */
export class Poller {
  #polling;
  #visibility;
  #isRunning = false;
  #isBusy = false;
  #faults = 0;
  #notBeforeMs = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Polling} polling
   * @param {Visibility} visibility
   */
  constructor(polling, visibility) {
    this.#polling = polling;
    this.#visibility = visibility;
    visibility.addEventListener('visibilitychange', () => {
      this.#schedule(0);
    });
  }

  start() {
    this.#isRunning = true;
    this.#schedule(0);
  }

  stop() {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  /** Asks at once, unless the API wants to be left alone. */
  now() {
    this.#faults = 0;
    this.#schedule(0);
  }

  /** @param {number} delayMs */
  #schedule(delayMs) {
    clearTimeout(this.#timer);
    if (!this.#isRunning || this.#isBusy || this.#visibility.hidden) return;
    const earliestMs = this.#notBeforeMs - performance.now();
    this.#timer = setTimeout(() => void this.#run(), Math.max(delayMs, earliestMs));
  }

  async #run() {
    this.#isBusy = true;
    let delayMs = this.#polling.intervalMs;
    try {
      await this.#polling.task();
      this.#faults = 0;
    } catch (error) {
      const fault = /** @type {Error & { retryAfterMs?: number }} */ (error);
      this.#faults += 1;
      this.#notBeforeMs = performance.now() + (fault.retryAfterMs ?? 0);
      delayMs = this.#pauseMs();
      if (this.#isRunning) this.#polling.onFault(fault);
    } finally {
      this.#isBusy = false;
    }
    this.#schedule(delayMs);
  }

  #pauseMs() {
    const pauseMs = Math.min(this.#polling.intervalMs * 2 ** this.#faults, LONGEST_PAUSE_MS);
    return pauseMs * (1 + JITTER * (Math.random() * 2 - 1));
  }
}
