import type { ViolationCode } from '@libs/domain';
import { gpuBody, packedBody, submissionBody } from './submissions';

/** A body the contract refuses, with where and why. */
export interface RefusedSubmission {
  readonly name: string;
  /** Parsed JSON, or JSON text where an object literal cannot say it (`__proto__`). */
  readonly body: unknown;
  readonly text?: string;
  readonly faults: readonly (readonly [pointer: string, code: ViolationCode])[];
  /** The fault spans fields, needs the clock or an offset's arithmetic, or hides in bits: JSON Schema cannot say it. */
  readonly beyondSchema?: true;
}

const NAN_BITS = 'AADAfw==';

function refused(
  name: string,
  changes: Record<string, unknown>,
  ...faults: RefusedSubmission['faults']
): RefusedSubmission {
  return { name, body: submissionBody(changes), faults };
}

function beyondSchema(submission: RefusedSubmission): RefusedSubmission {
  return { ...submission, beyondSchema: true };
}

/** The body with `"NAME": …` written into the text right after `anchor`. */
function withKey(name: string, anchor: string, key: string, pointer: string): RefusedSubmission {
  const text = JSON.stringify(submissionBody({ embedding: packedBody([1]) }));
  const at = text.indexOf(anchor) + anchor.length;
  const changed = `${text.slice(0, at)}"${key}":{"a":1},${text.slice(at)}`;
  const faults: RefusedSubmission['faults'] = pointer.startsWith('/attributes/')
    ? [
        [pointer, 'unknown_field'],
        [pointer, 'wrong_type'],
      ]
    : [[pointer, 'unknown_field']];
  return { name, body: JSON.parse(changed) as unknown, text: changed, faults };
}

const fill = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const hoursAhead = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
const manyAttributes = Object.fromEntries(fill(65, 0).map((_, index) => [`a${index}`, index]));

const LEVELS = [
  ['the top', '{', ''],
  ['gpu', '"gpu":{', '/gpu'],
  ['source', '"source":{', '/source'],
  ['embedding', '"embedding":{', '/embedding'],
  ['attributes', '"attributes":{', '/attributes'],
] as const;

/** Every way to break the contract that a body can show, each with the exact pointer and code. */
export const REFUSED_SUBMISSIONS: readonly RefusedSubmission[] = [
  { name: 'an array at the top', body: [], faults: [['', 'wrong_type']] },
  { name: 'a string at the top', body: 'resnet50', faults: [['', 'wrong_type']] },
  { name: 'null at the top', body: null, faults: [['', 'wrong_type']] },
  refused('no model', { model: undefined }, ['/model', 'required']),
  refused('no embedding', { embedding: undefined }, ['/embedding', 'required']),
  refused('no gpu', { gpu: undefined }, ['/gpu', 'required']),
  refused('no capturedAt', { capturedAt: undefined }, ['/capturedAt', 'required']),
  refused('no deviceName', { gpu: gpuBody({ deviceName: undefined }) }, ['/gpu/deviceName', 'required']),
  refused('no kind of source', { source: { name: 'x' } }, ['/source/kind', 'required']),
  refused('no encoding', { embedding: packedBody([1], { encoding: undefined }) }, [
    '/embedding/encoding',
    'required',
  ]),
  refused('no dimension', { embedding: packedBody([1], { dimension: undefined }) }, [
    '/embedding/dimension',
    'required',
  ]),
  refused('no data', { embedding: packedBody([1], { data: undefined }) }, ['/embedding/data', 'required']),
  refused('a number as model', { model: 50 }, ['/model', 'wrong_type']),
  refused('null as model', { model: null }, ['/model', 'wrong_type']),
  refused('an empty model', { model: '' }, ['/model', 'out_of_range']),
  refused('a model of 129 characters', { model: 'm'.repeat(129) }, ['/model', 'out_of_range']),
  refused('half a surrogate pair', { model: 'm\ud800' }, ['/model', 'invalid_format']),
  refused('half a surrogate pair in an attribute', { attributes: { a: '\udc00' } }, [
    '/attributes/a',
    'invalid_format',
  ]),
  refused('a number as embedding', { embedding: 1 }, ['/embedding', 'wrong_type']),
  refused('a string as embedding', { embedding: 'AAAA' }, ['/embedding', 'wrong_type']),
  refused('an empty vector', { embedding: [] }, ['/embedding', 'out_of_range']),
  refused('a vector of 8193', { embedding: fill(8193, 0.5) }, ['/embedding', 'out_of_range']),
  refused('null in the vector', { embedding: [1, null] }, ['/embedding/1', 'wrong_type']),
  refused('a string in the vector', { embedding: [1, 2, '3'] }, ['/embedding/2', 'wrong_type']),
  refused('"NaN" in the vector', { embedding: ['NaN'] }, ['/embedding/0', 'wrong_type']),
  refused('a vector of vectors', { embedding: [[1]] }, ['/embedding/0', 'wrong_type']),
  refused('half a step past float32', { embedding: [2 ** 128 - 2 ** 103] }, ['/embedding/0', 'not_finite']),
  refused('a number past float32', { embedding: [1, -1e39] }, ['/embedding/1', 'not_finite']),
  refused('an empty packed vector', { embedding: packedBody([]) }, ['/embedding/dimension', 'out_of_range']),
  refused('a packed vector of 8193', { embedding: packedBody(fill(8193, 0.5)) }, [
    '/embedding/dimension',
    'out_of_range',
  ]),
  refused('a fraction as dimension', { embedding: packedBody([1], { dimension: 1.5 }) }, [
    '/embedding/dimension',
    'wrong_type',
  ]),
  refused('a string as dimension', { embedding: packedBody([1], { dimension: '1' }) }, [
    '/embedding/dimension',
    'wrong_type',
  ]),
  refused('another encoding', { embedding: packedBody([1], { encoding: 'f64' }) }, [
    '/embedding/encoding',
    'invalid_value',
  ]),
  refused('a number as encoding', { embedding: packedBody([1], { encoding: 1 }) }, [
    '/embedding/encoding',
    'wrong_type',
  ]),
  refused('a number as data', { embedding: packedBody([1], { data: 1 }) }, ['/embedding/data', 'wrong_type']),
  refused('data that is no base64', { embedding: packedBody([1], { data: '!!!!!!==' }) }, [
    '/embedding/data',
    'invalid_format',
  ]),
  refused('unpadded data', { embedding: packedBody([1], { data: 'AACAPw' }) }, [
    '/embedding/data',
    'invalid_format',
  ]),
  refused('data in the URL alphabet', { embedding: packedBody([1], { data: 'AACAP-__' }) }, [
    '/embedding/data',
    'invalid_format',
  ]),
  refused('data with bits past its end', { embedding: packedBody([1], { data: 'AACAPx==' }) }, [
    '/embedding/data',
    'invalid_format',
  ]),
  refused('data with a line break', { embedding: packedBody([1], { data: 'AACA\nPw==' }) }, [
    '/embedding/data',
    'invalid_format',
  ]),
  refused('data cut inside a value', { embedding: packedBody([1], { data: 'AACA' }) }, [
    '/embedding/data',
    'dimension_mismatch',
  ]),
  ...[
    refused('data of another length', { embedding: packedBody([1, 2], { dimension: 3 }) }, [
      '/embedding/data',
      'dimension_mismatch',
    ]),
    refused('more data than the dimension says', { embedding: packedBody([1, 2], { dimension: 1 }) }, [
      '/embedding/data',
      'dimension_mismatch',
    ]),
    refused('NaN bits in the data', { embedding: packedBody([1], { data: NAN_BITS }) }, [
      '/embedding/data',
      'not_finite',
    ]),
    refused('infinity in the data', { embedding: packedBody([1, Infinity]) }, [
      '/embedding/data',
      'not_finite',
    ]),
  ].map(beyondSchema),
  refused('a string as gpu', { gpu: 'T4' }, ['/gpu', 'wrong_type']),
  refused('an array as gpu', { gpu: [gpuBody()] }, ['/gpu', 'wrong_type']),
  refused('null as gpu', { gpu: null }, ['/gpu', 'wrong_type']),
  refused('null as deviceName', { gpu: gpuBody({ deviceName: null }) }, ['/gpu/deviceName', 'wrong_type']),
  refused('a deviceName of 129', { gpu: gpuBody({ deviceName: 'd'.repeat(129) }) }, [
    '/gpu/deviceName',
    'out_of_range',
  ]),
  refused('a deviceName of blanks', { gpu: gpuBody({ deviceName: ' \t\u00a0\u3000' }) }, [
    '/gpu/deviceName',
    'out_of_range',
  ]),
  refused('a deviceName of invisible characters', { gpu: gpuBody({ deviceName: '\u0000\u200b\ufeff' }) }, [
    '/gpu/deviceName',
    'out_of_range',
  ]),
  refused('another backend', { gpu: gpuBody({ backend: 'CUDA' }) }, ['/gpu/backend', 'invalid_value']),
  refused('an empty backend', { gpu: gpuBody({ backend: '' }) }, ['/gpu/backend', 'invalid_value']),
  refused('a number as backend', { gpu: gpuBody({ backend: 1 }) }, ['/gpu/backend', 'wrong_type']),
  ...['computeCapability', 'driverVersion', 'cudaVersion', 'hipVersion', 'torchVersion'].map((field) =>
    refused(`a ${field} of 129`, { gpu: gpuBody({ [field]: 'v'.repeat(129) }) }, [
      `/gpu/${field}`,
      'out_of_range',
    ]),
  ),
  refused('a number as driverVersion', { gpu: gpuBody({ driverVersion: 550.54 }) }, [
    '/gpu/driverVersion',
    'wrong_type',
  ]),
  refused('a number as cudaVersion', { gpu: gpuBody({ cudaVersion: 12.4 }) }, [
    '/gpu/cudaVersion',
    'wrong_type',
  ]),
  refused('negative memory', { gpu: gpuBody({ totalMemoryBytes: -1, allocatedMemoryBytes: null }) }, [
    '/gpu/totalMemoryBytes',
    'out_of_range',
  ]),
  refused('memory past 2^53 - 1', { gpu: gpuBody({ totalMemoryBytes: 2 ** 53 }) }, [
    '/gpu/totalMemoryBytes',
    'out_of_range',
  ]),
  refused('a fraction as memory', { gpu: gpuBody({ totalMemoryBytes: 200000000.5 }) }, [
    '/gpu/totalMemoryBytes',
    'wrong_type',
  ]),
  refused('a string as memory', { gpu: gpuBody({ allocatedMemoryBytes: '1' }) }, [
    '/gpu/allocatedMemoryBytes',
    'wrong_type',
  ]),
  refused('a number as capturedAt', { capturedAt: 1763703579 }, ['/capturedAt', 'wrong_type']),
  refused('capturedAt without offset', { capturedAt: '2026-11-21T05:39:39' }, [
    '/capturedAt',
    'invalid_format',
  ]),
  refused('30 February', { capturedAt: '2026-02-30T05:39:39Z' }, ['/capturedAt', 'invalid_format']),
  refused('hour 25', { capturedAt: '2026-11-21T25:39:39Z' }, ['/capturedAt', 'invalid_format']),
  refused('second 60', { capturedAt: '2016-12-31T23:59:60Z' }, ['/capturedAt', 'invalid_format']),
  refused('an offset without colon', { capturedAt: '2026-11-21T05:39:39+0000' }, [
    '/capturedAt',
    'invalid_format',
  ]),
  refused('two spaces for the T', { capturedAt: '2026-11-21  05:39:39Z' }, ['/capturedAt', 'invalid_format']),
  refused('year 0', { capturedAt: '0000-01-01T00:00:00Z' }, ['/capturedAt', 'invalid_format']),
  refused('year 99', { capturedAt: '0099-12-31T23:30:00-01:00' }, ['/capturedAt', 'invalid_format']),
  ...[
    refused('year 1999', { capturedAt: '1999-12-31T23:59:59Z' }, ['/capturedAt', 'invalid_format']),
    refused('capturedAt 25 hours ahead', { capturedAt: hoursAhead(25) }, ['/capturedAt', 'in_future']),
  ].map(beyondSchema),
  refused('a string as source', { source: 'cat.jpg' }, ['/source', 'wrong_type']),
  refused('another kind of source', { source: { kind: 'smell' } }, ['/source/kind', 'invalid_value']),
  refused('a uri of 2049', { source: { kind: 'image', uri: 'u'.repeat(2049) } }, [
    '/source/uri',
    'out_of_range',
  ]),
  refused('a name of 257', { source: { kind: 'image', name: 'n'.repeat(257) } }, [
    '/source/name',
    'out_of_range',
  ]),
  refused('a string as tags', { tags: 'colab' }, ['/tags', 'wrong_type']),
  refused('33 tags', { tags: fill(33, 't') }, ['/tags', 'out_of_range']),
  refused('a tag of 65', { tags: ['ok', 't'.repeat(65)] }, ['/tags/1', 'out_of_range']),
  refused('a number as tag', { tags: [7] }, ['/tags/0', 'wrong_type']),
  refused('null as tag', { tags: [null] }, ['/tags/0', 'wrong_type']),
  refused('an array as attributes', { attributes: [] }, ['/attributes', 'wrong_type']),
  refused('a nested attribute', { attributes: { a: { b: 1 } } }, ['/attributes/a', 'wrong_type']),
  refused('65 attributes', { attributes: manyAttributes }, ['/attributes', 'out_of_range']),
  ...['$set', 'a$b', 'a%2Eb', 'a\tb', 'a\u00a0b', 'naïve', 'a\n', '', 'n'.repeat(129)].map((key) =>
    refused(`an attribute named ${JSON.stringify(key)}`, { attributes: { [key]: 1 } }, [
      `/attributes/${key.slice(0, 128)}`,
      'invalid_format',
    ]),
  ),
  refused('a name that is not one, with null', { attributes: { $set: null } }, [
    '/attributes/$set',
    'invalid_format',
  ]),
  refused('an unknown field with null', { surprise: null }, ['/surprise', 'unknown_field']),
  refused('an attribute of 1025', { attributes: { a: 'x'.repeat(1025) } }, ['/attributes/a', 'out_of_range']),
  {
    ...refused('an attribute past double', {}, ['/attributes/batch', 'not_finite']),
    text: JSON.stringify(submissionBody()).replace('"batch":7', '"batch":1e999'),
  },
  refused('a name as eventId', { eventId: 'cat.jpg' }, ['/eventId', 'invalid_format']),
  refused('the nil UUID', { eventId: '00000000-0000-0000-0000-000000000000' }, [
    '/eventId',
    'invalid_format',
  ]),
  refused('the max UUID', { eventId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }, [
    '/eventId',
    'invalid_format',
  ]),
  refused('a number as eventId', { eventId: 7 }, ['/eventId', 'wrong_type']),
  ...LEVELS.flatMap(([level, anchor, pointer]) =>
    ['__proto__', 'constructor', ...(level === 'attributes' ? [] : ['surprise', 'a/b~c'])].map((key) =>
      withKey(`${key} in ${level}`, anchor, key, `${pointer}/${key.replace('~', '~0').replace('/', '~1')}`),
    ),
  ),
  refused(
    'several faults at once',
    {
      model: '',
      capturedAt: 'today',
      tags: [1],
      gpu: gpuBody({ deviceName: '', cudaVersion: 1 }),
      embedding: ['x'],
    },
    ['/model', 'out_of_range'],
    ['/gpu/deviceName', 'out_of_range'],
    ['/gpu/cudaVersion', 'wrong_type'],
    ['/capturedAt', 'invalid_format'],
    ['/tags/0', 'wrong_type'],
    ['/embedding/0', 'wrong_type'],
  ),
];
