import { DEAD_LETTER_HEADERS, headerText, ORIGIN_HEADERS } from '@libs/contracts';
import type { RawRecord, StreamPosition } from '@libs/domain';

type PositionHeaders = Readonly<Record<'topic' | 'partition' | 'offset', string>>;

/** Where a replayed record was first published, by its own headers; undefined where they do not tell. */
export function originOf(record: RawRecord): StreamPosition | undefined {
  return positionIn(record, ORIGIN_HEADERS);
}

/** Where a dead letter was refused; undefined where its headers do not tell. */
export function refusedAt(record: RawRecord): StreamPosition | undefined {
  return positionIn(record, DEAD_LETTER_HEADERS);
}

/** The headers of the copy: all of the record's but what replay and the dead-letter topic add, and the origin. */
export function replayHeaders({ headers }: RawRecord, origin: StreamPosition): RawRecord['headers'] {
  const added = new Set<string>([...Object.values(DEAD_LETTER_HEADERS), ...Object.values(ORIGIN_HEADERS)]);
  return {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => !added.has(name))),
    [ORIGIN_HEADERS.topic]: Buffer.from(origin.topic),
    [ORIGIN_HEADERS.partition]: Buffer.from(String(origin.partition)),
    [ORIGIN_HEADERS.offset]: Buffer.from(String(origin.offset)),
  };
}

function positionIn(record: RawRecord, names: PositionHeaders): StreamPosition | undefined {
  const topic = headerText(record, names.topic);
  const partition = headerText(record, names.partition) ?? '';
  const offset = headerText(record, names.offset) ?? '';
  if (!topic || !/^\d{1,9}$/.test(partition) || !/^\d{1,18}$/.test(offset)) return undefined;
  return { topic, partition: Number(partition), offset: BigInt(offset) };
}
