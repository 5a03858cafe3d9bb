import { contentEncodingOf, UnsupportedEncoding } from './content-headers';

describe(contentEncodingOf.name, () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    [' ', 'identity'],
    ['identity', 'identity'],
    [' Identity ', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    [' GZip ', 'gzip'],
    ['zstd', 'zstd'],
    ['deflate', 'deflate'],
    ['DEFLATE', 'deflate'],
  ])('reads "%s" as %s', (header, encoding) => {
    expect(contentEncodingOf({ 'content-encoding': header })).toBe(encoding);
  });

  it.each(['br', 'compress', 'gzip, gzip', 'identity, gzip', 'gzip,', ',', 'constructor', '*'])(
    'refuses "%s"',
    (header) => {
      expect(() => contentEncodingOf({ 'content-encoding': header })).toThrow(UnsupportedEncoding);
    },
  );
});
