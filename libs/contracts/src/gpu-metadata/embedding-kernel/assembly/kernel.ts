/** What the kernel can do; all of it works on addresses in memory that the caller hands in. */
export { readNumbers } from './read-numbers';
export { decodeBase64 } from './decode-base64';
export { encodeBase64 } from './encode-base64';
export { firstNotFinite } from './first-not-finite';
