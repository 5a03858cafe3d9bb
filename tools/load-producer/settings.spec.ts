import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationFault } from '@libs/platform/settings';
import { toVariables } from './options';
import { loadSettings } from './settings';

const faultsOf = (variables: NodeJS.ProcessEnv): readonly string[] => {
  try {
    loadSettings(variables);
  } catch (error) {
    return (error as ConfigurationFault).faults;
  }
  return [];
};

describe(loadSettings.name, () => {
  it('has a setting for everything', () => {
    expect(loadSettings({})).toMatchObject({
      mode: 'http',
      url: 'http://127.0.0.1:8000',
      topic: 'gpu-metadata',
      rate: 100,
      count: Infinity,
      dimension: 2_048,
      encoding: 'packed',
      batch: 1,
      connections: 16,
      verify: undefined,
    });
  });

  it.each([
    [{ LOAD_COUNT: '7' }, 7],
    [{ LOAD_DURATION: '1m30s', LOAD_RATE: '10' }, 900],
    [{ LOAD_DURATION: '1m', LOAD_COUNT: '7' }, 7],
    [{ LOAD_DURATION: '100ms', LOAD_RATE: '1' }, 1],
  ])('ends after the count or the duration, whichever comes first: %j', (variables, count) => {
    expect(loadSettings(variables).count).toBe(count);
  });

  it('takes options before variables, and an empty variable for none', () => {
    const variables = {
      LOAD_RATE: '5',
      LOAD_MAX_WAITING: '',
      ...toVariables({ rate: '50', maxWaiting: '9' }),
    };
    expect(loadSettings(variables)).toMatchObject({ rate: 50, maxWaiting: 9 });
    expect(loadSettings({ LOAD_RATE: '' }).rate).toBe(100);
  });

  it('verifies where the records can be read', () => {
    const verifies = (variables: NodeJS.ProcessEnv): unknown =>
      loadSettings({ ...toVariables({ verify: true }), ...variables }).verify;
    expect(verifies({})).toBe('api');
    expect(verifies({ LOAD_TOPIC: 'gpu.metrics.v1' })).toBe('topic');
    expect(verifies({ LOAD_MODE: 'kafka' })).toBe('topic');
    expect(loadSettings({ LOAD_MODE: 'kafka', LOAD_VERIFY: 'api' }).verify).toBe('api');
  });

  it('tells all faults at once, each by option and variable, and no value', () => {
    const faults = faultsOf({
      LOAD_RATE: 'secret',
      LOAD_DURATION: 'soon',
      LOAD_URL: 'ftp://x',
      KAFKA_BROKERS: 'x',
    });
    expect(faults.map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'KAFKA_BROKERS',
      '--url (LOAD_URL)',
      '--rate (LOAD_RATE)',
      '--duration (LOAD_DURATION)',
    ]);
    expect(faults.join()).not.toContain('secret');
  });

  it.each([
    [{ LOAD_BATCH: '2', LOAD_TOPIC: 'token.usage.v1' }, '--batch (LOAD_BATCH): must be 1'],
    [{ LOAD_BATCH: '2', LOAD_ENCODING: 'msgpack' }, '--batch (LOAD_BATCH): must be 1'],
    [{ LOAD_BATCH: '200', LOAD_MAX_WAITING: '100' }, '--max-waiting (LOAD_MAX_WAITING): must be'],
    [{ LOAD_MODE: 'kafka', LOAD_ENCODING: 'json' }, '--encoding (LOAD_ENCODING): must be packed'],
    [{ LOAD_MODE: 'kafka', LOAD_COMPRESS: 'gzip' }, '--compress (LOAD_COMPRESS): must be none'],
    [{ LOAD_MODE: 'kafka', LOAD_DIMENSION: '8193' }, '--dimension (LOAD_DIMENSION): must be at most 8192'],
    [{ LOAD_MODE: 'kafka', LOAD_CEILING: 'only' }, '--ceiling (LOAD_CEILING)'],
    [{ LOAD_VERIFY: 'api', LOAD_TOPIC: 'gpu.metrics.v1' }, '--verify (LOAD_VERIFY): must be topic'],
    [{ LOAD_URL: 'https://me:secret@api.test' }, '--url (LOAD_URL): must hold no user and no password'],
    [{ LOAD_API_KEY_FILE: '/nowhere/key' }, '--api-key-file (LOAD_API_KEY_FILE): must name a readable file'],
  ])('knows what does not go together: %j', (variables, fault) => {
    expect(faultsOf(variables)).toEqual([expect.stringContaining(fault)]);
  });

  it('reads the key from a file, without the line end', () => {
    const directory = mkdtempSync(join(tmpdir(), 'load-key-'));
    const file = join(directory, 'key');
    try {
      writeFileSync(file, 'gmp_abc\n');
      expect(loadSettings({ LOAD_API_KEY_FILE: file }).apiKey).toBe('gmp_abc');
      writeFileSync(file, '\n');
      expect(faultsOf({ LOAD_API_KEY_FILE: file })).toEqual([
        expect.stringContaining('must name a file that holds a key'),
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
