import { element } from './element.js';
import { valuesOf } from './embedding.js';
import { count, figure, moment } from './format.js';
import { sparkline } from './sparkline.js';

/** @typedef {import('./wire.d.ts').MetadataItem} MetadataItem */

/**
 * @typedef {object} RecordActions
 * @property {(eventId: string) => void} showDetails
 * @property {(example: MetadataItem) => void} findSimilar
 */

/** A list of records that keeps its rows, and so the keyboard's place in them, while others come and go. */
export class RecordList {
  #place;
  #actions;
  /** @type {Map<string, HTMLLIElement>} */
  #rows = new Map();
  #list = element('ol', { class: 'records' });

  /**
   * @param {HTMLElement} place
   * @param {RecordActions} actions
   */
  constructor(place, actions) {
    this.#place = place;
    this.#actions = actions;
  }

  get eventIds() {
    return [...this.#rows.keys()];
  }

  /**
   * @param {readonly MetadataItem[]} items
   * @param {string} emptyNote
   */
  show(items, emptyNote) {
    if (items.length === 0) {
      this.tell(emptyNote);
      return;
    }
    const before = this.#rows;
    const reached = new Map(items.map((item) => [item.eventId, before.get(item.eventId) ?? this.#row(item)]));
    for (const [eventId, row] of before) {
      if (reached.has(eventId)) continue;
      // The row in which the keyboard is stays until it leaves.
      if (row.contains(document.activeElement)) reached.set(eventId, row);
      else row.remove();
    }
    this.#rows = reached;
    let next = this.#list.firstElementChild;
    for (const row of reached.values()) {
      if (row === next) next = next.nextElementSibling;
      else this.#list.insertBefore(row, next);
    }
    if (this.#list.parentElement !== this.#place) this.#place.replaceChildren(this.#list);
  }

  /**
   * Says why there is nothing to list.
   *
   * @param {string} note
   */
  tell(note) {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#place.replaceChildren(element('p', {}, [note]));
  }

  /**
   * @param {MetadataItem} item
   * @returns {HTMLLIElement}
   */
  #row(item) {
    const { eventId, model, gpu, embedding, embeddingDimension, capturedAt, score } = item;
    const at = moment(capturedAt);
    const details = element('button', { type: 'button', 'aria-label': `Details of ${model}, ${at}` }, [
      'Details',
    ]);
    details.addEventListener('click', () => {
      this.#actions.showDetails(eventId);
    });
    const similar = element('button', { type: 'button', 'aria-label': `More like this: ${model}, ${at}` }, [
      'More like this',
    ]);
    similar.addEventListener('click', () => {
      this.#actions.findSimilar(item);
    });
    return element('li', { 'data-event-id': eventId }, [
      element('div', {}, [
        element('h3', {}, [model]),
        element('time', { class: 'muted', datetime: capturedAt }, [at]),
      ]),
      element('div', {}, [
        ...(score === undefined ? [] : [element('p', { class: 'score' }, [`Score ${score.toFixed(4)}`])]),
        element('span', { class: 'device' }, [gpu.deviceName]),
        element('span', { class: 'muted' }, [
          `${count(embeddingDimension)} values, norm ${figure(item.embeddingNorm)}`,
        ]),
      ]),
      element('div', {}, embedding ? [sparkline(valuesOf(embedding))] : []),
      element('div', { class: 'actions' }, embedding ? [details, similar] : [details]),
    ]);
  }
}
