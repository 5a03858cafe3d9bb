import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LineageEvent, RawRecord } from '@libs/domain';
import { decodeRecord, GPU_METRICS, TOKEN_USAGE } from '.';
import { SCHEMA_VERSION } from './gpu-metadata/record.dto';
import { rawRecord } from './testing';

/** A record as it was published; `value` is its JSON. */
interface Golden {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: object;
}

const MANIFEST = join(__dirname, '..', 'golden.sha256');
const RECORDS = globSync('*/golden/v*/*.json', { cwd: __dirname })
  .filter((path) => !path.endsWith('.decoded.json'))
  .sort();

type Contract = 'gpu-metadata' | LineageEvent['kind'];

const DECODERS: Readonly<Record<Contract, (record: RawRecord) => unknown>> = {
  'gpu-metadata': decodeRecord,
  'gpu-metrics': (record) => GPU_METRICS.decode(record),
  'token-usage': (record) => TOKEN_USAGE.decode(record),
};

const textOf = (path: string): string => readFileSync(join(__dirname, path), 'utf8');
const sumOf = (path: string): string => createHash('sha256').update(textOf(path)).digest('hex');

/** Path → SHA-256, as `sha256sum` writes them. */
function published(): Map<string, string> {
  const lines = readFileSync(MANIFEST, 'utf8').trimEnd().split('\n');
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

function decode(path: string): unknown {
  const { key, headers, value } = JSON.parse(textOf(path)) as Golden;
  const bytes = { key: key === null ? null : Buffer.from(key), value: Buffer.from(JSON.stringify(value)) };
  const delivered = DECODERS[path.split('/')[0] as Contract](rawRecord({ ...bytes, headers }));
  return JSON.parse(JSON.stringify(delivered, inJson));
}

function inJson(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Float32Array ? Array.from(value) : value;
}

describe('The golden records', () => {
  it('are all there and as they were when they were published', () => {
    const found = [...published().keys()].map((path) => [
      path,
      existsSync(join(__dirname, path)) && sumOf(path),
    ]);
    expect(found).toEqual([...published()]);
  });

  it('are all in the manifest, golden.sha256', () => {
    expect(RECORDS.filter((path) => !published().has(path))).toEqual([]);
  });

  it('cover every version of each contract', () => {
    const versions = Object.keys(DECODERS).flatMap((contract) =>
      Array.from(
        { length: contract === 'gpu-metadata' ? SCHEMA_VERSION : 1 },
        (_, at) => `${contract}/golden/v${at + 1}`,
      ),
    );
    const covered = new Set(RECORDS.map((path) => path.slice(0, path.lastIndexOf('/'))));
    expect([...covered].sort()).toEqual(versions.sort());
  });

  it.each(RECORDS)('are read today as told beside them: %s', (path) => {
    expect(decode(path)).toEqual(JSON.parse(textOf(path.replace('.json', '.decoded.json'))));
  });
});
