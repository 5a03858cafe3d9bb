import { ConfigurationFault } from '@libs/platform';
import { workerConfig } from './config';

describe('the configuration of the worker', () => {
  const original = process.env;
  const given = (env: NodeJS.ProcessEnv): ReturnType<typeof workerConfig> => {
    process.env = env;
    return workerConfig();
  };
  const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
    try {
      given(env);
      return [];
    } catch (error) {
      return (error as ConfigurationFault).faults;
    }
  };
  afterEach(() => {
    process.env = original;
  });

  it('needs nothing on a laptop', () => {
    expect(given({})).toEqual({
      host: '127.0.0.1',
      port: 8001,
      logLevel: 'info',
      shutdownGraceMs: 25_000,
      kafka: {
        brokers: ['localhost:9092'],
        clientId: 'metadata-worker',
        createTopics: true,
        brokerMap: new Map(),
      },
      consumer: {
        groupId: 'metadata-worker',
        sessionTimeoutMs: 10_000,
        maxRecords: 200,
        maxBytes: 4 * 2 ** 20,
      },
      database: { uri: 'mongodb://127.0.0.1:27017/?directConnection=true', name: 'ca4' },
      embeddingStorage: 'vector',
      pipelineTags: [],
      retentionDays: undefined,
      rollupIntervalMs: 60_000,
    });
  });

  it('is frozen', () => {
    expect(Object.isFrozen(given({}))).toBe(true);
  });

  it('takes what is set, and an empty variable for one that is not', () => {
    const env = {
      PIPELINE_TAGS: 'a, b',
      EMBEDDING_STORAGE: 'array',
      MONGODB_DB: '',
      HOST: '0.0.0.0',
      PORT: '0',
    };
    expect(given(env)).toMatchObject({
      pipelineTags: ['a', 'b'],
      embeddingStorage: 'array',
      database: { name: 'ca4' },
      kafka: { createTopics: false },
      port: 0,
    });
  });

  it.each([
    'mongodb://db:27017',
    'mongodb://a,b,c/?replicaSet=rs0&tls=true',
    'mongodb+srv://u:p@cluster.example/',
  ])('takes the connection string %s', (uri) => {
    expect(given({ MONGODB_URI: uri }).database.uri).toBe(uri);
  });

  it('lists all faults at once, and never the connection string', () => {
    const faults = faultsOf({
      MONGODB_URI: 'mongodb://bob:Geheim@',
      EMBEDDING_STORAGE: 'tape',
      BATCH_MAX_RECORDS: '1.5',
      KAFKA_SESSION_TIMEOUT_MS: '5999',
      KAFKA_SASL_USERNAME: 'bob',
    });
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
      'BATCH_MAX_RECORDS',
      'EMBEDDING_STORAGE',
      'KAFKA_SASL_MECHANISM',
      'KAFKA_SESSION_TIMEOUT_MS',
      'MONGODB_URI',
    ]);
    expect(faults.join()).not.toMatch(/Geheim|tape|1\.5|5999/);
  });
});
