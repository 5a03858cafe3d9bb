import { announce } from './announcer.js';
import { element, part } from './element.js';
import { bytes, count, moment } from './format.js';

/** @typedef {import('../status-body').StatusBody} StatusBody */
/** @typedef {{ title: string, value: string, state?: 'up' | 'down', note?: string }} Tile */

/** The parts of the system, the queue and the dead letters. */
export class HealthTiles {
  #said = '';

  /** @param {StatusBody} status */
  show(status) {
    part('parts', HTMLUListElement).replaceChildren(...tilesOf(status).map(render));
    part('replica', HTMLParagraphElement).textContent =
      `Version ${status.version}. These figures are of the one process that answered, since it started at ` +
      `${moment(status.startedAt)}; with several replicas each counts for itself.`;
    this.#announceChanges(status);
  }

  /** @param {StatusBody} status */
  #announceChanges({ parts }) {
    const down = [
      ...(parts.kafka.up ? [] : ['Kafka is down.']),
      ...(parts.reads.up || !parts.reads.configured ? [] : ['The database does not answer.']),
    ];
    const said = down.length === 0 ? 'All parts are up.' : down.join(' ');
    if (said !== this.#said) announce(said);
    this.#said = said;
  }
}

/**
 * @param {StatusBody} status
 * @returns {Tile[]}
 */
function tilesOf({ parts, queue, deadLetters }) {
  const { kafka, reads } = parts;
  return [
    { title: 'API', value: 'Up', state: 'up', note: 'It answers.' },
    partTile('Kafka', kafka),
    reads.configured
      ? partTile('Database reads', reads)
      : { title: 'Database reads', value: 'Off', note: 'READ_MONGODB_URI is not set: this API only writes.' },
    {
      title: 'Waiting for Kafka',
      value: bytes(queue.bytes),
      note: `of at most ${bytes(queue.maxBytes)}`,
    },
    ...Object.entries(deadLetters).map(([topic, letters]) => deadLetterTile(topic, letters)),
  ];
}

/**
 * @param {string} title
 * @param {{ readonly up: boolean, readonly problem?: string }} status
 * @returns {Tile}
 */
function partTile(title, { up, problem }) {
  return up
    ? { title, value: 'Up', state: 'up' }
    : { title, value: 'Down', state: 'down', note: problem ?? '' };
}

/**
 * @param {string} topic
 * @param {number | null} letters
 * @returns {Tile}
 */
function deadLetterTile(topic, letters) {
  const title = `Dead letters in ${topic}`;
  if (letters === null)
    return { title, value: 'Unknown', note: 'Kafka does not tell, or has no such topic.' };
  return {
    title,
    value: count(letters),
    ...(letters > 0 && { state: 'down', note: 'npm run dlq shows them.' }),
  };
}

/**
 * @param {Tile} tile
 * @returns {HTMLLIElement}
 */
function render({ title, value, state, note = '' }) {
  return element('li', {}, [
    element('h3', {}, [title]),
    element('p', { class: state ? `value state-${state}` : 'value' }, [value]),
    ...(note === '' ? [] : [element('p', { class: 'muted' }, [note])]),
  ]);
}
