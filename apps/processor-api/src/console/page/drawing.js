/**
 * @typedef {object} Drawing
 * @property {Readonly<Record<string, string>>} attributes
 * @property {readonly { name: string, attributes: Readonly<Record<string, string>> }[]} shapes
 */

/**
 * An SVG picture; colours come from the style sheet, so that it follows the colour scheme by itself.
 *
 * @param {Drawing} drawing
 * @returns {SVGElement}
 */
export function draw({ attributes, shapes }) {
  const picture = svg('svg', attributes);
  picture.append(...shapes.map(({ name, attributes: of }) => svg(name, of)));
  return picture;
}

/**
 * @param {string} name
 * @param {Readonly<Record<string, string>>} attributes
 * @returns {SVGElement}
 */
function svg(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return /** @type {SVGElement} */ (made);
}
