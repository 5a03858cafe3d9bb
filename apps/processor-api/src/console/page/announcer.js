import { part } from './element.js';

/**
 * Tells a screen reader what changed: only what a reader would want to be interrupted for, each thing once.
 *
 * @param {string} text
 */
export function announce(text) {
  const region = part('announcement', HTMLParagraphElement);
  if (region.textContent !== text) region.textContent = text;
}
