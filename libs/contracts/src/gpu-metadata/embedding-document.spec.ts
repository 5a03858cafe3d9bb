import fc from 'fast-check';
import { submissionBody } from '../testing';
import { parseJsonDocument } from '../validation/json-document';
import { packEmbedding } from './embedding';
import { parseEmbeddingDocument } from './embedding-document';

function outcomeOf(parse: (bytes: Buffer) => unknown, bytes: Buffer): unknown {
  try {
    return parse(bytes);
  } catch (error) {
    return error;
  }
}

function expectSame(text: string | Buffer): void {
  const bytes = Buffer.from(text as string);
  expect(outcomeOf(parseEmbeddingDocument, bytes)).toStrictEqual(outcomeOf(parseJsonDocument, bytes));
}

const packed = packEmbedding(Float32Array.of(1, -0, 3.5));
const other = packEmbedding(Float32Array.of(7));
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
    ['half a body', full.slice(0, -20)],
    ['something behind', `${full}x`],
    ['an array around', `[${full}]`],
    ['a deep rest', `{"embedding":[1],"a":${'['.repeat(20)}${']'.repeat(20)}}`],
    [
      'many fields',
      `{"embedding":[1],"a":{${Array.from({ length: 2_100 }, (_, at) => `"${at}":1`).join()}}}`,
    ],
    ['nothing', ''],
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
