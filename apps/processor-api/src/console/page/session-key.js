const NAME = 'console.api-key';

/** The API key, in this tab's session storage and nowhere else; kept in memory where that is blocked. */
export class SessionKey {
  /** @type {string | null} */
  #inMemory = null;

  /** @returns {string | null} */
  get value() {
    try {
      return sessionStorage.getItem(NAME);
    } catch {
      return this.#inMemory;
    }
  }

  /** @param {string} key */
  keep(key) {
    try {
      sessionStorage.setItem(NAME, key);
    } catch {
      this.#inMemory = key;
    }
  }

  forget() {
    this.#inMemory = null;
    try {
      sessionStorage.removeItem(NAME);
    } catch {
      // Nothing is kept there.
    }
  }
}
