import { element, part } from './element.js';
import { valuesOf } from './embedding.js';
import { fieldsOf } from './fields.js';
import { count } from './format.js';
import { sparkline } from './sparkline.js';

/** @typedef {import('./wire.d.ts').MetadataItem} MetadataItem */

/** One record with all its fields, over the page; the browser keeps the focus inside and gives it back. */
export class RecordDialog {
  #dialog = part('record', HTMLDialogElement);
  #body = part('record-body', HTMLDivElement);
  #findSimilar;
  /** The one asked for last: an answer that comes late is for nobody. */
  #asked = 0;

  /** @param {(example: MetadataItem) => void} findSimilar */
  constructor(findSimilar) {
    this.#findSimilar = findSimilar;
    part('record-close', HTMLButtonElement).addEventListener('click', () => {
      this.close();
    });
  }

  close() {
    this.#asked += 1;
    this.#dialog.close();
  }

  /** @param {Promise<MetadataItem>} loading */
  async open(loading) {
    this.#asked += 1;
    const asked = this.#asked;
    this.#body.replaceChildren(element('p', { role: 'status' }, ['Loading …']));
    if (!this.#dialog.open) this.#dialog.showModal();
    /** @type {readonly Node[]} */
    let content;
    try {
      content = this.#content(await loading);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      content = [element('p', { role: 'alert', class: 'bad-text' }, [message])];
    }
    if (asked === this.#asked) this.#body.replaceChildren(...content);
  }

  /**
   * @param {MetadataItem} item
   * @returns {Node[]}
   */
  #content(item) {
    const fields = fieldsOf({ ...item }).flatMap(([path, text]) => [
      element('dt', {}, [path]),
      element('dd', {}, [text]),
    ]);
    return [...this.#embeddingContent(item), element('dl', { class: 'fields' }, fields)];
  }

  /**
   * @param {MetadataItem} item
   * @returns {Node[]}
   */
  #embeddingContent(item) {
    if (!item.embedding) return [];
    const values = valuesOf(item.embedding);
    const similar = element('button', { type: 'button' }, ['More like this']);
    similar.addEventListener('click', () => {
      this.close();
      this.#findSimilar(item);
    });
    return [
      sparkline(values, 'sparkline tall'),
      similar,
      element('details', {}, [
        element('summary', {}, [`All ${count(values.length)} values`]),
        element(
          'pre',
          { class: 'values', tabindex: '0', role: 'region', 'aria-label': 'Values of the embedding' },
          [Array.from(values).join(', ')],
        ),
      ]),
    ];
  }
}
