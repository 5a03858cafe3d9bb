const LIST = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g;
const BOUNDARY = /-----(?:BEGIN|END) X509 CRL-----/g;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/** The lists of revoked certificates (CRLs) in a PEM file, each as PEM. Throws where one of them is cut off. */
export function revocationLists(pem: Buffer): string[] {
  const text = pem.toString('latin1');
  const lists = [...text.matchAll(LIST)].map(([list]) => list);
  if (text.match(BOUNDARY)?.length !== 2 * lists.length) throw new Error('a list is cut off');
  return lists;
}

/** Until when the authority lets its list be used; undefined where the list does not say. OpenSSL must have read it. */
export function nextUpdateOf(list: string): Date | undefined {
  const [, base64 = ''] = new RegExp(LIST.source).exec(list) ?? [];
  const [certificateList] = elements(Buffer.from(base64, 'base64'));
  const [toBeSigned] = elements(certificateList!.content);
  // RFC 5280, section 5.1: thisUpdate and nextUpdate are the only times on this level.
  const [, nextUpdate] = [...elements(toBeSigned!.content)].filter(
    ({ tag }) => tag === UTC_TIME || tag === GENERALIZED_TIME,
  );
  return nextUpdate && timeOf(nextUpdate);
}

/** A value in DER, the binary form of ASN.1. */
interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
}

function* elements(der: Buffer): Generator<DerElement> {
  for (let at = 0; at < der.length;) {
    const tag = der[at]!;
    let length = der[at + 1]!;
    at += 2;
    if (length > 0x7f) {
      const lengthBytes = length & 0x7f;
      length = der.readUIntBE(at, lengthBytes);
      at += lengthBytes;
    }
    yield { tag, content: der.subarray(at, at + length) };
    at += length;
  }
}

/** `YYMMDDhhmmssZ`, or with four digits of the year. */
function timeOf({ tag, content }: DerElement): Date {
  const text = content.toString('latin1');
  const century = Number(text.slice(0, 2)) < 50 ? '20' : '19';
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(tag === UTC_TIME ? century + text : text) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
