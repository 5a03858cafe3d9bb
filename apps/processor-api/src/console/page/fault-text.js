import { ApiFault } from './api-fault.js';

/** @type {Readonly<Partial<Record<import('./api-fault.js').FaultKind, string>>>} */
const ADVICE = {
  forbidden:
    'This key lacks the scope read, or this address is not allowed. Forget the key to enter another one.',
  limited: 'The page waits as long as the API asks for.',
  failing: 'The page tries again, less and less often.',
  unreachable: 'The page tries again, less and less often.',
};

/**
 * A fault in words, with what happens next.
 *
 * @param {unknown} fault
 * @param {boolean} isOnline
 * @returns {string}
 */
export function faultText(fault, isOnline) {
  if (!(fault instanceof ApiFault)) return `The page has a fault: ${String(fault)}`;
  if (fault.kind === 'unreachable' && !isOnline)
    return 'This device is offline. The page goes on when it is back.';
  return [fault.message, ADVICE[fault.kind]].filter((text) => text !== undefined).join(' ');
}
