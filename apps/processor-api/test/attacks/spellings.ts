/** A byte of the path as a percent-encoded octet. */
const encoded = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Other ways to write a path that some server, proxy or library takes for the same. */
export function spellingsOf(path: string): Readonly<Record<string, string>> {
  const end = path.lastIndexOf('/') + 1;
  const [folder, name] = [path.slice(0, end), path.slice(end)];
  return {
    'an encoded letter': folder + encoded(name[0]!) + name.slice(1),
    'an encoded letter in upper case': folder + encoded(name[0]!).toUpperCase() + name.slice(1),
    'every letter encoded': folder + encoded(name),
    'a letter encoded twice': `${folder}%25${encoded(name[0]!).slice(1)}${name.slice(1)}`,
    'an encoded slash': `/${path.slice(1, end - 1)}%2f${name}`,
    'a doubled slash before it': `/${path}`,
    'a doubled slash in it': `${folder}/${name}`,
    'a trailing slash': `${path}/`,
    'a trailing slash before a query': `${path}/?a=/docs/`,
    'two trailing slashes': `${path}//`,
    'an encoded trailing slash': `${path}%2f`,
    'a trailing backslash': `${path}\\`,
    'a trailing slash and a dot segment': `${path}/./`,
    'a trailing slash and a way up': `${path}/../`,
    'a trailing slash and a fragment': `${path}/#/docs`,
    'a trailing slash and path parameters': `${path}/;/docs`,
    backslashes: path.replaceAll('/', '\\'),
    'other case': path.toUpperCase(),
    'a dot segment': `${folder}./${name}`,
    'a dot segment at the end': `${path}/.`,
    'a way up from an open path': `/docs/..${path}`,
    'an encoded way up from an open path': `/docs/%2e%2e${path}`,
    'a way up from a probe': `/health/..${path}`,
    'a way up at the end': `${path}/x/..`,
    'an empty fragment': `${path}#`,
    'a fragment': `${path}#/docs`,
    'an open path in the query': `${path}?/docs`,
    'a fragment in the query': `${path}?#/health`,
    'path parameters': `${path};/docs`,
    'a zero byte': `${path}%00`,
    'an encoded line end': `${path}%0d%0a`,
    'a tab': `${path}\t`,
    'letters of full width': folder + encodeURIComponent(String.fromCodePoint(0xfee0 + name.codePointAt(0)!)),
    'an overlong encoding': `${folder}%c1%${(name.charCodeAt(0) + 0x40).toString(16)}${name.slice(1)}`,
    'another authority': `//localhost${path}`,
    'no slash': path.slice(1),
    'absolute form': `http://localhost${path}`,
    'absolute form of TLS': `HTTPS://LOCALHOST:443${path}`,
    'absolute form with a trailing slash': `http://localhost${path}/`,
    'absolute form with two trailing slashes': `http://localhost${path}//`,
    'absolute form without a host': `http://:8000${path}`,
    'absolute form with a user': `http://localhost@localhost${path}`,
    'absolute form of another scheme': `ftp://localhost${path}`,
    'absolute form with an encoded letter': `http://localhost${folder}${encoded(name[0]!)}${name.slice(1)}`,
  };
}

/** Those that must be answered as the path itself is: RFC 9112, section 3.2.2. */
export const SAME = [
  'absolute form',
  'absolute form of TLS',
  'absolute form with a trailing slash',
  'a trailing slash',
];
