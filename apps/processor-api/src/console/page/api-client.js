import { ApiFault, faultOf } from './api-fault.js';

const DEADLINE_MS = 15_000;

/** Asks the API this page came from; the key travels in a header, never in an address. */
export class ApiClient {
  #key;

  /** @param {{ readonly value: string | null }} key */
  constructor(key) {
    this.#key = key;
  }

  /**
   * @template Answer
   * @param {string} path
   * @returns {Promise<Answer>} rejects with an ApiFault
   */
  get(path) {
    return this.#ask(path, { method: 'GET' });
  }

  /**
   * @template Answer
   * @param {string} path
   * @param {unknown} body
   * @returns {Promise<Answer>} rejects with an ApiFault
   */
  post(path, body) {
    const headers = { 'content-type': 'application/json' };
    return this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /**
   * @template Answer
   * @param {string} path
   * @param {{ method: string, headers?: Readonly<Record<string, string>>, body?: string }} request
   * @returns {Promise<Answer>}
   */
  async #ask(path, request) {
    const { value } = this.#key;
    const headers = { ...request.headers, ...(value !== null && { 'x-api-key': value }) };
    const signal = AbortSignal.timeout(DEADLINE_MS);
    /** @type {Response} */
    let answer;
    try {
      answer = await fetch(path, { ...request, headers, signal, cache: 'no-store', redirect: 'error' });
    } catch {
      throw new ApiFault('unreachable', 'The API does not answer.');
    }
    /** @type {unknown} */
    let body;
    try {
      body = await answer.json();
    } catch {
      throw answer.ok
        ? new ApiFault('unreachable', 'The answer of the API ended early.')
        : faultOf(answer.status, {}, answer.headers.get('retry-after'));
    }
    if (answer.ok) return /** @type {Answer} */ (body);
    const problem = /** @type {{ detail?: string, code?: string }} */ (body);
    throw faultOf(answer.status, problem, answer.headers.get('retry-after'));
  }
}
