import fc from 'fast-check';
import { InvalidMetadata, PipelineError } from '@libs/domain';
import { packedBody, seededRandom, SPELLINGS, submissionBody } from '../testing';
import { parseJsonDocument } from '../validation/json-document';
import { isJsonObject } from '../validation/violations';
import { packedJson, readEmbedding } from './embedding';
import { parseEmbeddingDocument } from './embedding-document';
import { PackedText } from './embedding-kernel/packed-text';
import { parseSubmission } from './read-submission';

type Parse = (bytes: Buffer) => unknown;

/** A little behind the capturedAt of submissionBody. */
const NOW = new Date('2026-11-21T06:00:00Z');

/** The document, or what it is refused for, its numbers as float32 and its packed text as text. */
function documentOf(parse: Parse, bytes: Buffer): unknown {
  try {
    const document = parse(bytes);
    return isJsonObject(document) ? { ...document, embedding: comparable(document.embedding) } : document;
  } catch (error) {
    return error;
  }
}

function comparable(embedding: unknown): unknown {
  if (isJsonObject(embedding) && embedding.data instanceof PackedText) {
    return { ...embedding, data: embedding.data.characters.toString('latin1') };
  }
  const isNumbers = Array.isArray(embedding) && embedding.every((value) => typeof value === 'number');
  return isNumbers ? Float32Array.from(embedding) : embedding;
}

/** The submission, whose vector is in base64, or every fault with its message. */
function submissionOf(parse: Parse, bytes: Buffer): unknown {
  try {
    return parseSubmission(parse(bytes), { now: NOW });
  } catch (error) {
    if (error instanceof InvalidMetadata) return [error.violations, error.omitted];
    if (error instanceof PipelineError) return [error.code, error.message];
    throw error;
  }
}

function expectSame(text: string | Buffer): void {
  const bytes = Buffer.from(text as string);
  expect(documentOf(parseEmbeddingDocument, bytes)).toStrictEqual(documentOf(parseJsonDocument, bytes));
  expect(submissionOf(parseEmbeddingDocument, bytes)).toStrictEqual(submissionOf(parseJsonDocument, bytes));
}

/** A body whose embedding is spelled so. */
const withEmbedding = (text: string): string =>
  JSON.stringify(submissionBody({ embedding: 'here' })).replace('"here"', () => text);

/** A vector as a client sends it. */
function vectorText(digits: number): string {
  const random = seededRandom(digits);
  return JSON.stringify(
    Array.from({ length: 2_048 }, () => Number(Math.fround(random() - 0.5).toPrecision(digits))),
  );
}

const packed = packedJson(Float32Array.of(1, -0, 3.5));
const other = packedJson(Float32Array.of(7));
const full = JSON.stringify(submissionBody({ embedding: packed }));
const numbers = JSON.stringify(submissionBody());

describe(parseEmbeddingDocument.name, () => {
  it.each([
    ['packed', full],
    ['numbers', numbers],
    ['white space', JSON.stringify(submissionBody({ embedding: packed }), undefined, 2)],
    ['text that is not Latin', JSON.stringify(submissionBody({ embedding: packed, model: 'モデル😀' }))],
    ['no embedding', '{"model":"a"}'],
    ['an embedding first', `{"embedding":[1],"model":"a"}`],
    ['two embeddings, the second counts', `{"embedding":[1],"embedding":[2]}`],
    [
      'two packed, the second counts',
      `{"embedding":${JSON.stringify(packed)},"embedding":${JSON.stringify(other)}}`,
    ],
    ['two data, the second counts', `{"embedding":{"data":"${packed.data}","data":"${other.data}"}}`],
    ['an embedding inside of another field', `{"attributes":{"embedding":[1,2]},"embedding":[3]}`],
    ['data outside of the embedding', `{"embedding":{"dimension":1},"attributes":{"data":"AACAPw=="}}`],
    ['data in a field of the embedding', `{"embedding":{"more":{"data":"AACAPw=="}}}`],
    ['a name inside of a text', `{"model":"\\"embedding\\":[1]","embedding":[2]}`],
    ['a name as a value', `{"model":"embedding","tags":["embedding"],"embedding":[2]}`],
    ['an escaped name', `{"\\u0065mbedding":[2]}`],
    ['escapes in data', `{"embedding":{"data":"AACAPw=\\u003d"}}`],
    ['a line break in data', `{"embedding":{"data":"AACA\nPw=="}}`],
    ['data that is not canonical', `{"embedding":{"data":"AACAPx=="}}`],
    ['data that is empty', JSON.stringify(submissionBody({ embedding: packedBody([], { dimension: 1 }) }))],
    ['data that holds an infinity', JSON.stringify(submissionBody({ embedding: packedBody([1, Infinity]) }))],
    [
      'data of another length',
      JSON.stringify(submissionBody({ embedding: packedBody([1, 2], { dimension: 1 }) })),
    ],
    [
      'data cut inside a value',
      JSON.stringify(submissionBody({ embedding: packedBody([1], { data: 'AACA' }) })),
    ],
    [
      'data of the most values',
      JSON.stringify(submissionBody({ embedding: packedBody(new Array<number>(8_192).fill(0.5)) })),
    ],
    [
      'data of too many values',
      JSON.stringify(submissionBody({ embedding: packedBody(new Array<number>(8_193).fill(0.5)) })),
    ],
    [
      'more in the embedding',
      JSON.stringify(submissionBody({ embedding: packedBody([1], { encoding: 'f64', more: 1 }) })),
    ],
    ['half a body', full.slice(0, -20)],
    ['something behind', `${full}x`],
    ['a byte order mark before', `\ufeff${full}`],
    ['a byte order mark before a fault behind the numbers', `\ufeff${numbers.slice(0, -1)},}`],
    ['a fault behind packed data', `${full.slice(0, -1)},}`],
    ['NaN among the numbers', withEmbedding('[1.5,NaN,2]')],
    ['an array around', `[${full}]`],
    ['a deep rest', `{"embedding":[1],"a":${'['.repeat(20)}${']'.repeat(20)}}`],
    [
      'many fields',
      `{"embedding":[1],"a":{${Array.from({ length: 2_100 }, (_, at) => `"${at}":1`).join()}}}`,
    ],
    ['nothing', ''],
    ['an empty embedding', withEmbedding('[]')],
    ['an embedding of white space', withEmbedding('[ ]')],
    ['most values', withEmbedding(`[${new Array(8_192).fill('0.5').join()}]`)],
    ['too many values', withEmbedding(`[${new Array(8_193).fill('0.5').join()}]`)],
    ['values with white space around', withEmbedding('[ 1.5 ,\n\t-2\r, 3e0 ]')],
    ['values that are not numbers', withEmbedding('[1.5,null,"2",[3],{"a":[4]},true]')],
    ['values that overflow a float32', withEmbedding('[1.5,1e39,-3.5e38,1e999]')],
    ['one value that overflows a float32', withEmbedding('[3.5e38]')],
    ['values next to 0', withEmbedding('[1e-46,-1e-45,1.1754943e-38,1e-400,-0,-0.0,0e5]')],
    ['values in many digits', withEmbedding('[0.1234567890123456789,1234567890123456789012345e-20]')],
    ['a value that is no JSON', withEmbedding('[1.5,01,2]')],
    ['an embedding without an end', withEmbedding('[1.5,2')],
    ['an embedding with two ends', withEmbedding('[1.5,2]]')],
    ['numbers, then packed, which counts', `{"embedding":[1],"embedding":${JSON.stringify(packed)}}`],
    ['packed, then numbers, which count', `{"embedding":${JSON.stringify(packed)},"embedding":[1]}`],
    ['numbers in an escaped name, which count', '{"embedding":[1],"\\u0065mbedding":[2]}'],
  ])('is what parseJsonDocument reads: %s', (_, text) => {
    expectSame(text);
  });

  it('is what parseJsonDocument reads where the bytes are not UTF-8', () => {
    const bytes = Buffer.from(full);
    for (const at of [2, full.indexOf('data') + 10, full.length - 3]) {
      const broken = Buffer.from(bytes);
      broken[at] = 0xff;
      expectSame(broken);
    }
  });

  it('takes out of a body the numbers that clients send, in the digits of a float32 and of a double', () => {
    for (const digits of [8, 9, 17]) {
      for (const text of [vectorText(digits), vectorText(digits).replaceAll(',', ', ')]) {
        const document = parseEmbeddingDocument(Buffer.from(withEmbedding(text)));
        expect(document).toHaveProperty('embedding', Float32Array.from(JSON.parse(text) as number[]));
      }
    }
  });

  it('takes the text of a packed vector out of a body, as bytes, where they lie', () => {
    const vector = Float32Array.from({ length: 2_048 }, (_value, at) => Math.sin(at));
    const body = Buffer.from(JSON.stringify(submissionBody({ embedding: packedJson(vector) })));
    const { embedding } = parseEmbeddingDocument(body) as { embedding: { data: PackedText } };
    expect(embedding.data).toBeInstanceOf(PackedText);
    expect(embedding.data.characters.buffer).toBe(body.buffer);
    const submission = parseSubmission({ ...submissionBody(), embedding }, { now: NOW });
    expect(submission.embedding.data).toBe(embedding.data.characters);
  });

  it('leaves the vector that was read of a packed one as it is when the next one is read', () => {
    const read = (value: number): Float32Array | undefined => {
      const body = JSON.stringify({ embedding: packedJson(Float32Array.of(value)) });
      const { embedding } = parseEmbeddingDocument(Buffer.from(body)) as { embedding: unknown };
      return readEmbedding(embedding, '', () => undefined);
    };
    expect([1.5, 2.5].map(read)).toEqual([Float32Array.of(1.5), Float32Array.of(2.5)]);
  });

  it('reads again what is usual after a body that is not', () => {
    expectSame(withEmbedding('[1.5,2.5]'));
    expectSame(withEmbedding('[3.5,1e39]'));
    expectSame(withEmbedding('[4.5]'));
    expectSame(full);
  });

  it('is what parseJsonDocument reads of numbers in any spelling', () => {
    const random = seededRandom(1);
    const spellings = Object.values(SPELLINGS);
    for (let turn = 0; turn < 400; turn++) {
      const values = Array.from({ length: 50 }, () => SPELLINGS['eight digits'](random));
      for (const place of [0, 20, 49].slice(0, turn % 4)) {
        values[place] = spellings[Math.floor(random() * spellings.length)]!(random);
      }
      expectSame(withEmbedding(`[${values.join(turn % 2 === 0 ? ',' : ', ')}]`));
    }
  });

  it('is what parseJsonDocument reads of any body with something changed, left out or put in', () => {
    const change = fc.record({
      text: fc.constantFrom(full, numbers),
      place: fc.nat(),
      cut: fc.nat(3),
      put: fc.oneof(
        fc.string({ maxLength: 3 }),
        fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ':', '1', 'e', '.', '-'),
      ),
    });
    fc.assert(
      fc.property(change, ({ text, place, cut, put }) => {
        const at = place % text.length;
        expectSame(text.slice(0, at) + put + text.slice(at + cut));
      }),
      { numRuns: 4_000 },
    );
  });
});
