import { gunzipSync } from 'node:zlib';
import { encodedRecord, rawRecord } from '@libs/contracts/testing';
import { UnreadableRecord, type ArchiveObject, type RawRecord } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { ARCHIVE_KINDS, segmentObjects, type ArchiveContent } from './segment-objects';

const ALL: ArchiveContent = { kinds: ARCHIVE_KINDS, pipelineTags: ['lab'] };
const timestamp = new Date('2026-11-21T23:59:59.999Z');

function record(offset: number, embedding: readonly number[], value?: Uint8Array): RawRecord {
  const encoded = encodedRecord(acceptedMetadata({ embedding: Float32Array.from(embedding) }), 'trace');
  const position = { topic: 'gpu-metadata', partition: 3, offset: BigInt(offset) };
  return rawRecord(encoded, { position, timestamp, ...(value && { value }) });
}

async function objectsOf(records: RawRecord[], content = ALL): Promise<ArchiveObject[]> {
  const objects: ArchiveObject[] = [];
  for await (const object of segmentObjects(records, content)) objects.push(object);
  return objects;
}

const linesOf = ({ content }: ArchiveObject): Record<string, unknown>[] =>
  gunzipSync(content)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe(segmentObjects.name, () => {
  const folder = 'dt=2026-11-21/hour=23';
  const base = `${folder}/gpu-metadata-3-40`;

  it('names all after the first offset and its hour, what is referred to before what refers', async () => {
    const objects = await objectsOf([record(40, [1, 2]), record(41, [1, 2, 3]), record(42, [3, 4])]);
    expect(objects.map(({ name }) => name)).toEqual([
      `raw/${base}.ndjson.gz`,
      `embeddings/${base}-d2.npy`,
      `embeddings/${base}-d3.npy`,
      `enriched/${base}.ndjson.gz`,
    ]);
    expect(
      linesOf(objects[3]!).map(({ embeddingObject, embeddingRow }) => [embeddingObject, embeddingRow]),
    ).toEqual([
      [`embeddings/${base}-d2.npy`, 0],
      [`embeddings/${base}-d3.npy`, 0],
      [`embeddings/${base}-d2.npy`, 1],
    ]);
  });

  it('writes vectors in the format of NumPy', async () => {
    const [, npy] = await objectsOf([record(40, [1, -2]), record(41, [0.5, 3])]);
    const bytes = Buffer.from(npy!.content);
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
    const end = 10 + bytes.readUInt16LE(8);
    expect(end % 64).toBe(0);
    expect(bytes.subarray(10, end).toString()).toMatch(
      /^{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 2\), } *\n$/,
    );
    expect([0, 4, 8, 12].map((at) => bytes.readFloatLE(end + at))).toEqual([1, -2, 0.5, 3]);
  });

  it('leaves out of the enriched what nobody can read, and keeps it in the raw', async () => {
    const poison = record(40, [1], Buffer.from('{'));
    const [raw, , enriched] = await objectsOf([poison, record(41, [1])]);
    expect(linesOf(raw!).map(({ offset, valueBase64 }) => [offset, typeof valueBase64])).toEqual([
      [40, 'string'],
      [41, 'string'],
    ]);
    expect(linesOf(enriched!).map(({ offset }) => offset)).toEqual([41]);
    const names = (await objectsOf([record(40, [1], Buffer.from('{'))])).map(({ name }) => name);
    expect(names).toEqual([`raw/${base}.ndjson.gz`]);
  });

  it('keeps headers of any name and number, with and without a value', async () => {
    const headers = Object.fromEntries([
      ['__proto__', Buffer.from('a')],
      ['none', null],
      ['mixed', [Buffer.from('b'), null]],
    ]) as RawRecord['headers'];
    const [raw] = await objectsOf([{ ...record(40, [1]), headers }], { ...ALL, kinds: ['raw'] });
    const [line] = linesOf(raw!);
    expect(Object.entries(line!.headers as object)).toEqual([
      ['__proto__', 'a'],
      ['none', null],
    ]);
    expect(line!.headersBase64).toEqual({ mixed: ['Yg==', null] });
  });

  it('says in the raw line why a record is not all there', async () => {
    const error = new UnreadableRecord('too_large_to_read', 'larger than 4 MiB');
    const unread = { error, lastOffset: 44n };
    const objects = await objectsOf([{ ...record(40, [1]), unread }]);
    expect(objects.map(({ name }) => name)).toEqual([`raw/${base}.ndjson.gz`]);
    const [line] = linesOf(objects[0]!);
    expect(line!.unread).toEqual({ code: 'too_large_to_read', lastOffset: '44' });
  });

  it('rejects when a record cannot be written, instead of ending the process', async () => {
    const broken = { ...record(40, [1]), timestamp: new Date(NaN) };
    await expect(objectsOf([broken])).rejects.toThrow(RangeError);
  });

  it('holds nothing that differs between two attempts', async () => {
    const [, , enriched] = await objectsOf([record(40, [3, 4])]);
    expect(Object.keys(linesOf(enriched!)[0]!).sort()).toEqual(
      [
        ...[
          'acceptedAt',
          'attributes',
          'capturedAt',
          'embeddingDimension',
          'embeddingNorm',
          'embeddingObject',
        ],
        ...['embeddingRow', 'eventId', 'gpu', 'model', 'offset', 'partition', 'pipeline', 'producer', 'tags'],
        ...['timestamp', 'topic'],
      ].sort(),
    );
    const again = await objectsOf([record(40, [3, 4])]);
    expect(again[2]!.content).toEqual(enriched!.content);
  });

  it.each([
    [['raw'], 1],
    [['embeddings'], 1],
    [['raw', 'enriched'], 2],
  ] as const)('makes %j alone where no more is asked for', async (kinds, count) => {
    const objects = await objectsOf([record(40, [3, 4])], { ...ALL, kinds });
    expect(objects.map(({ name }) => name.split('/')[0])).toEqual(kinds);
    expect(objects.length).toBe(count);
    const enriched = objects.find(({ name }) => name.startsWith('enriched/'));
    if (enriched) expect(linesOf(enriched)[0]).toMatchObject({ embeddingObject: null, embeddingRow: null });
  });

  it('keeps an offset past 2^53 exact', async () => {
    const late = { ...record(0, [1]), position: { topic: 't', partition: 0, offset: 2n ** 53n + 1n } };
    const [raw] = await objectsOf([late]);
    expect(gunzipSync(raw!.content).toString()).toContain('"offset":9007199254740993,');
  });
});
