/**
 * Why the API gave no answer:
 * `unauthorized` it wants a key, or another one; `forbidden` this key or address may not; `limited` too many
 * requests; `not-configured` it has no database to read from; `not-found`; `refused` anything else that is ours to
 * mend; `failing` it cannot answer now; `unreachable` no answer at all.
 *
 * @typedef {'unauthorized' | 'forbidden' | 'limited' | 'not-configured' | 'not-found' | 'refused' | 'failing' | 'unreachable'} FaultKind
 */

/** @type {Readonly<Record<number, FaultKind>>} */
const KINDS = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  429: 'limited',
  501: 'not-configured',
};

/** An answer that is none, in words for the reader. */
export class ApiFault extends Error {
  /**
   * @param {FaultKind} kind
   * @param {string} message
   * @param {number} [retryAfterMs] how long the API asked to be left alone
   */
  constructor(kind, message, retryAfterMs = 0) {
    super(message);
    this.name = ApiFault.name;
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * @param {number} status
 * @param {{ detail?: string, code?: string }} problem
 * @param {string | null} retryAfter the header: seconds
 * @returns {ApiFault}
 */
export function faultOf(status, { detail, code }, retryAfter) {
  const kind = KINDS[status] ?? (status >= 500 ? 'failing' : 'refused');
  const seconds = Number(retryAfter ?? 0);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
  return new ApiFault(kind, sentence(status, detail, code), retryAfterMs);
}

/**
 * @param {number} status
 * @param {string | undefined} detail
 * @param {string | undefined} code
 * @returns {string}
 */
function sentence(status, detail, code) {
  if (detail === undefined) return `The API answered ${status}.`;
  return `The API answered ${status}${code === undefined ? '' : ` ${code}`}: ${detail}.`;
}
