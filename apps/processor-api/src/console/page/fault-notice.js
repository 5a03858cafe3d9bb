import { element, part } from './element.js';

/** What keeps parts of the page from being fresh, one line for each part; said once, not at every try. */
export class FaultNotice {
  #place = part('fault', HTMLDivElement);
  /** @type {Map<string, string>} */
  #faults = new Map();

  /**
   * @param {string} what
   * @param {string} text
   */
  set(what, text) {
    if (this.#faults.get(what) === text) return;
    this.#faults.set(what, text);
    this.#render();
  }

  /** @param {string} what */
  clear(what) {
    if (this.#faults.delete(what)) this.#render();
  }

  clearAll() {
    this.#faults.clear();
    this.#render();
  }

  #render() {
    const lines = [...new Set(this.#faults.values())];
    this.#place.hidden = lines.length === 0;
    this.#place.replaceChildren(...lines.map((line) => element('p', {}, [line])));
  }
}
