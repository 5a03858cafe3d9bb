import { announce } from './announcer.js';
import { part } from './element.js';
import { count } from './format.js';
import { RecordList } from './record-list.js';
import { recordPath } from './record-path.js';

/** @typedef {import('./wire.d.ts').MetadataItem} MetadataItem */
/** @typedef {import('./wire.d.ts').SearchAnswer} SearchAnswer */

const NEIGHBOURS = 10;

/** The records whose vectors point the same way as that of an example. */
export class SimilarRecords {
  #section = part('similar-section', HTMLElement);
  #title = part('similar-title', HTMLHeadingElement);
  #api;
  #list;
  #asked = 0;

  /**
   * @param {import('./api-client.js').ApiClient} api
   * @param {import('./record-list.js').RecordActions} actions
   */
  constructor(api, actions) {
    this.#api = api;
    this.#list = new RecordList(part('similar', HTMLDivElement), actions);
  }

  hide() {
    this.#asked += 1;
    this.#section.hidden = true;
    this.#list.tell('');
  }

  /** @param {MetadataItem} example */
  async find(example) {
    this.#asked += 1;
    const asked = this.#asked;
    this.#title.textContent = `Records like ${example.model} ${example.eventId}`;
    this.#list.tell('Comparing …');
    this.#section.hidden = false;
    this.#title.focus();
    try {
      const answer = await this.#search(example);
      if (asked === this.#asked) this.#show(answer);
    } catch (error) {
      if (asked === this.#asked) this.#list.tell(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {SearchAnswer} answer */
  #show({ items, scanned, exhaustive, index }) {
    const compared = exhaustive
      ? `${count(scanned)} records were compared, which is all of them.`
      : `Only ${count(scanned)} records were compared: there may be closer ones.${loading(index)}`;
    this.#list.show(items, 'No record has a vector of the same length.');
    announce(`${count(items.length)} similar records. ${compared}`);
    part('similar-note', HTMLParagraphElement).textContent = compared;
  }

  /**
   * The neighbours, each with its vector, to draw it.
   *
   * @param {MetadataItem} example
   * @returns {Promise<SearchAnswer>}
   */
  async #search({ embedding }) {
    /** @type {SearchAnswer} */
    const answer = await this.#api.post('/v1/metadata/search', { embedding, k: NEIGHBOURS });
    return { ...answer, items: await Promise.all(answer.items.map((item) => this.#withVector(item))) };
  }

  /**
   * @param {MetadataItem} item
   * @returns {Promise<MetadataItem>}
   */
  async #withVector(item) {
    if (item.embedding) return item;
    /** @type {MetadataItem} */
    const whole = await this.#api.get(recordPath(item.eventId));
    return { ...item, ...(whole.embedding && { embedding: whole.embedding }) };
  }
}

/** @param {SearchAnswer['index']} index */
function loading({ loaded, vectors, documents }) {
  return loaded ? '' : ` ${count(vectors)} of ${count(documents)} are loaded.`;
}
