import { element } from './element.js';

/**
 * A table; the first cell of each row is its heading, cells that are numbers stand right.
 *
 * @param {string} caption
 * @param {readonly string[]} headings
 * @param {readonly (readonly (string | Node)[])[]} rows
 * @returns {HTMLTableElement}
 */
export function table(caption, headings, rows) {
  const head = headings.map((heading, index) =>
    element('th', { scope: 'col', class: index === 0 ? '' : 'number' }, [heading]),
  );
  const body = rows.map(([first = '', ...rest]) =>
    element('tr', {}, [
      element('th', { scope: 'row' }, [first]),
      ...rest.map((cell) => element('td', { class: 'number' }, [cell])),
    ]),
  );
  return element('table', {}, [
    element('caption', { class: 'visually-hidden' }, [caption]),
    element('thead', {}, [element('tr', {}, head)]),
    element('tbody', {}, body),
  ]);
}
