import { gunzipSync } from 'node:zlib';

/** What the raw objects of a bucket hold. */
export interface ArchiveView {
  /** `partition/offset` → the line, once for each. */
  readonly lines: ReadonlyMap<string, string>;
  /** Places whose lines differ between two objects: no view can tell which is right. */
  readonly contradictory: ReadonlySet<string>;
}

/** What of a bucket is needed to read it. */
export interface ReadableBucket {
  keys(): Promise<readonly string[]>;
  content(key: string): Promise<Uint8Array>;
}

/** Reads every raw object of the bucket and keeps one line for each place on the stream. */
export async function readArchive(bucket: ReadableBucket): Promise<ArchiveView> {
  const lines = new Map<string, string>();
  const contradictory = new Set<string>();
  for (const key of await bucket.keys()) {
    if (!key.startsWith('raw/')) continue;
    const text = gunzipSync(await bucket.content(key)).toString('utf8');
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const place = placeOf(line);
      if ((lines.get(place) ?? line) !== line) contradictory.add(place);
      lines.set(place, line);
    }
  }
  return { lines, contradictory };
}

/** Read from the text: an offset may be larger than a number holds exactly. */
function placeOf(line: string): string {
  const field = (name: string): string => new RegExp(`"${name}":"?([^",}]+)`).exec(line)?.[1] ?? `no ${name}`;
  return ['partition', 'offset'].map(field).join('/');
}
