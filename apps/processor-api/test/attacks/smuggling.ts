import { head } from '../api';

const SECOND = head('GET /health/live', {});
const post = (...lines: readonly string[]): string =>
  ['POST /v1/metadata HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...lines, '', ''].join(
    '\r\n',
  );
const CHUNKED_END = '0\r\n\r\n';

/** Requests that two parsers would cut at different places; each hides a second one behind it. */
export const SMUGGLING: Readonly<Record<string, string>> = {
  'a length and chunks': post('Content-Length: 5', 'Transfer-Encoding: chunked') + CHUNKED_END + SECOND,
  'chunks and a length': post('Transfer-Encoding: chunked', 'Content-Length: 5') + CHUNKED_END + SECOND,
  'chunked, but not last': post('Transfer-Encoding: chunked, identity') + CHUNKED_END + SECOND,
  'chunked twice': post('Transfer-Encoding: chunked', 'Transfer-Encoding: cow') + CHUNKED_END + SECOND,
  'an encoding like chunked': post('Transfer-Encoding: xchunked') + CHUNKED_END + SECOND,
  'a space before the colon': post('Transfer-Encoding : chunked') + CHUNKED_END + SECOND,
  'a folded header': post('X: a', ' Transfer-Encoding: chunked') + CHUNKED_END + SECOND,
  'a chunk size past 64 bits': post('Transfer-Encoding: chunked') + `fffffffffffffffff\r\n${SECOND}`,
  'a chunk size with a sign': post('Transfer-Encoding: chunked') + `-2\r\n{}\r\n${CHUNKED_END}${SECOND}`,
  'a chunk extension with a bare line feed': `${post('Transfer-Encoding: chunked')}2;a\n{}\r\n${CHUNKED_END}${SECOND}`,
  'a chunk that ends elsewhere': `${post('Transfer-Encoding: chunked')}2\r\n{}xx${CHUNKED_END}${SECOND}`,
  'a zero byte in a header': post('X: a\0b', 'Content-Length: 0') + SECOND,
  'a bare carriage return in a header': post('X: a\rContent-Length: 60') + SECOND,
  'lines that end in a bare line feed': `GET /health/live HTTP/1.1\nHost: localhost\n\n${SECOND}`,
  'no Host': `GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n`,
  'two Hosts': 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: other\r\nConnection: close\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
};

/** Lengths that contradict each other or are none. */
export const LENGTHS: Readonly<Record<string, string>> = {
  'two different lengths': post('Content-Length: 2', 'Content-Length: 60') + `{}${SECOND}`,
  'the same length twice': post('Content-Length: 2', 'Content-Length: 2') + `{}${SECOND}`,
  'a list of lengths': post('Content-Length: 2, 2') + `{}${SECOND}`,
  'a length with a sign': post('Content-Length: +2') + `{}${SECOND}`,
  'a hexadecimal length': post('Content-Length: 0x2') + `{}${SECOND}`,
  'an empty length': post('Content-Length: ') + SECOND,
  'a length past 64 bits': post('Content-Length: 99999999999999999999') + SECOND,
};
