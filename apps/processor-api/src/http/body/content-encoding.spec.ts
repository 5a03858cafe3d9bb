import { contentEncodingOf, UnsupportedEncoding } from './content-encoding';

describe(contentEncodingOf.name, () => {
  it.each([
    [undefined, 'identity'],
    ['identity', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    [' GZip ', 'gzip'],
    ['zstd', 'zstd'],
  ])('reads %s as %s', (header, encoding) => {
    expect(contentEncodingOf({ 'content-encoding': header })).toBe(encoding);
  });

  it.each(['', 'br', 'deflate', 'compress', 'gzip, gzip', 'identity, gzip', 'gzip,', 'constructor', '*'])(
    'refuses "%s"',
    (header) => {
      expect(() => contentEncodingOf({ 'content-encoding': header })).toThrow(UnsupportedEncoding);
    },
  );
});
