import { resolve } from 'node:path';
import { ConfigurationFault } from '@libs/platform';
import { processorConfig } from './config';

describe('processorConfig', () => {
  const untouched = process.env;

  beforeEach(() => {
    process.env = {};
  });
  afterAll(() => {
    process.env = untouched;
  });

  function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
    process.env = env;
    try {
      processorConfig();
      return [];
    } catch (error) {
      if (error instanceof ConfigurationFault) return error.faults;
      throw error;
    }
  }

  it.each([
    [{ HOST: '0.0.0.0', API_KEYS_FILE: 'keys.json' }, 1_024],
    [{ MAX_CONNECTIONS_PER_ADDRESS: '7' }, 7],
    [{ MAX_CONNECTIONS_PER_ADDRESS: '7', TRUSTED_PROXIES: '10.0.0.0/8' }, Infinity],
  ])('gives one address so many connections with %j: %d', (env, maxConnectionsPerAddress) => {
    process.env = env;
    expect(processorConfig()).toMatchObject({ http: { maxConnectionsPerAddress } });
  });

  it('needs no variable at all', () => {
    expect(processorConfig()).toMatchObject({
      host: '127.0.0.1',
      port: 8000,
      logLevel: 'info',
      authMode: 'required',
      docsEnabled: true,
      http: {
        maxConnections: 4_096,
        maxConnectionsPerAddress: Infinity,
        answerIdleTimeoutMs: 30_000,
        keepAliveTimeoutMs: 620_000,
        corsOrigins: [],
      },
      body: {
        maxBytes: 1024 * 1024,
        maxBatchBytes: 16 * 1024 * 1024,
        bufferBytes: 96 * 1024 * 1024,
        timeoutMs: 300_000,
      },
      publish: { queueBytes: 64 * 1024 * 1024, timeoutMs: 5_000 },
      kafka: { brokers: ['localhost:9092'], clientId: 'processor-api', createTopics: true },
    });
  });

  it('takes an empty variable for one that is not set', () => {
    process.env = { PORT: '', AUTH_MODE: '', METRICS_CIDRS: '', KAFKA_BROKERS: '' };
    expect(processorConfig()).toMatchObject({ port: 8000, authMode: 'required' });
  });

  it('does without the pages of documentation where it is told to', () => {
    process.env = { DOCS_ENABLED: 'false' };
    expect(processorConfig().docsEnabled).toBe(false);
  });

  it('gives up on a body that stopped within 30 seconds, whatever is set', () => {
    expect(processorConfig().body.idleTimeoutMs).toBeLessThanOrEqual(30_000);
    expect(faultsOf({ BODY_IDLE_TIMEOUT_MS: '30001' })).toEqual([
      expect.stringMatching(/^BODY_IDLE_TIMEOUT_MS: /),
    ]);
    expect(faultsOf({ BODY_IDLE_TIMEOUT_MS: '0' })).toHaveLength(1);
  });

  it.each(['KEEP_ALIVE_TIMEOUT_MS', 'REQUEST_TIMEOUT_MS'])('takes 1 second to 1 hour for %s', (name) => {
    expect(faultsOf({ [name]: '1000' })).toEqual([]);
    expect(faultsOf({ [name]: '999' })).toEqual([expect.stringMatching(`^${name}: `)]);
    expect(faultsOf({ [name]: '3600001' })).toHaveLength(1);
  });

  it.each(['127.0.0.1', 'localhost', '::1', '127.9.9.9'])('may do without keys on %s', (HOST) => {
    expect(faultsOf({ AUTH_MODE: 'off', HOST })).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '192.168.1.7', 'api.example'])('may not do without keys on %s', (HOST) => {
    expect(faultsOf({ AUTH_MODE: 'off', HOST })).toEqual([
      'AUTH_MODE: may be off only while HOST is a loopback address',
    ]);
  });

  it('makes no topics where it serves more than this machine, unless told to', () => {
    process.env = { HOST: '0.0.0.0' };
    expect(processorConfig().kafka.createTopics).toBe(false);
    process.env = { HOST: '0.0.0.0', KAFKA_TOPIC_CREATE: 'true' };
    expect(processorConfig().kafka.createTopics).toBe(true);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '8000 '],
    ['PORT', '0x10'],
    ['AUTH_MODE', 'OFF'],
    ['LOG_LEVEL', 'verbose'],
    ['MAX_BODY_BYTES', '1023'],
    ['PUBLISH_QUEUE_BYTES', '1'],
    ['PUBLISH_TIMEOUT_MS', '1e3'],
    ['SEARCH_INDEX_BYTES', '0'],
    ['METRICS_CIDRS', '10.0.0.0/33'],
    ['METRICS_CIDRS', '10.0.0.0/8,'],
    ['CORS_ORIGINS', '*'],
    ['KAFKA_BROKERS', 'kafka'],
    ['KAFKA_BROKER_MAP', 'a:1'],
    ['KAFKA_SSL', 'yes'],
  ])('refuses %s=%s by name, without the value', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name}: must be `))]);
  });

  it('looks for API keys in the folder of the stack, or where it is told', () => {
    expect(processorConfig().keysFile).toBe(resolve('.stack/api-keys.json'));
    process.env = { STACK_DIR: '/tmp/other' };
    expect(processorConfig().keysFile).toBe('/tmp/other/api-keys.json');
    process.env = { STACK_DIR: '/tmp/other', API_KEYS_FILE: 'keys/mine.json' };
    expect(processorConfig().keysFile).toBe(resolve('keys/mine.json'));
  });

  it('starts with no broken file of API keys, unless it needs no keys', () => {
    expect(faultsOf({ API_KEYS_FILE: __filename })).toEqual(['API_KEYS_FILE: is not JSON']);
    expect(faultsOf({ API_KEYS_FILE: __dirname })).toEqual(['API_KEYS_FILE: is no file']);
    expect(faultsOf({ API_KEYS_FILE: __filename, AUTH_MODE: 'off' })).toEqual([]);
  });

  it('limits each key and each address, unless limits or keys are off', () => {
    expect(processorConfig().limits).toEqual({ perMinute: 60_000, failuresPerMinute: 30 });
    process.env = { RATE_LIMIT_PER_MINUTE: '7', RATE_LIMIT_FAILURES_PER_MINUTE: '3' };
    expect(processorConfig().limits).toEqual({ perMinute: 7, failuresPerMinute: 3 });
    process.env = { RATE_LIMIT_ENABLED: 'false' };
    expect(processorConfig().limits).toBeUndefined();
    process.env = { AUTH_MODE: 'off' };
    expect(processorConfig().limits).toBeUndefined();
  });

  it('reports faults of single variables and between variables together', () => {
    const names = faultsOf({
      PORT: '-1',
      AUTH_MODE: 'off',
      HOST: '0.0.0.0',
      KAFKA_SASL_MECHANISM: 'plain',
    }).map((fault) => fault.split(':')[0]);
    expect(names.sort()).toEqual(['AUTH_MODE', 'KAFKA_SASL_PASSWORD', 'KAFKA_SASL_USERNAME', 'PORT']);
  });

  it('cannot be changed once it is read', () => {
    expect(Object.isFrozen(processorConfig())).toBe(true);
  });
});
