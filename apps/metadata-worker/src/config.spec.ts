import { BlockList } from 'node:net';
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
      metricsCidrs: expect.any(BlockList),
      trustedProxies: expect.any(BlockList),
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
      tracing: null,
      roles: ['store'],
      archive: undefined,
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

  it('archives, besides storing, once it has a bucket', () => {
    expect(given({ ARCHIVE_BUCKET: 'mine', S3_ENDPOINT: 'http://localhost:9000' })).toMatchObject({
      roles: ['store', 'archive'],
      archive: {
        s3: { bucket: 'mine', endpoint: 'http://localhost:9000', region: 'us-east-1' },
        kinds: ['raw', 'enriched', 'embeddings'],
        limits: { maxRecords: 5_000, maxBytes: 64 * 2 ** 20, maxAgeMs: 60_000 },
      },
    });
    expect(given({ ARCHIVE_BUCKET: 'mine' }).archive?.s3.region).toBeUndefined();
  });

  it('does one of its duties alone where it is told so', () => {
    expect(given({ ARCHIVE_BUCKET: 'mine', WORKER_ROLES: 'store' }).archive).toBeUndefined();
    const archiver = given({
      ARCHIVE_BUCKET: 'mine',
      WORKER_ROLES: 'archive',
      ARCHIVE_KINDS: 'raw, enriched',
    });
    expect(archiver.roles).toEqual(['archive']);
    expect(archiver.archive?.kinds).toEqual(['raw', 'enriched']);
  });

  it.each([
    [{ WORKER_ROLES: 'store, archive' }, 'ARCHIVE_BUCKET: must be set with the role archive in WORKER_ROLES'],
    [{ WORKER_ROLES: 'sort' }, 'WORKER_ROLES: must be some of store, archive, separated by commas'],
    [
      { ARCHIVE_KINDS: 'tape' },
      'ARCHIVE_KINDS: must be some of raw, enriched, embeddings, separated by commas',
    ],
    [{ S3_ENDPOINT: 'localhost:9000' }, 'S3_ENDPOINT: must be an http or https URL'],
  ])('refuses %j', (env, fault) => {
    expect(faultsOf(env)).toEqual([fault]);
  });
});
