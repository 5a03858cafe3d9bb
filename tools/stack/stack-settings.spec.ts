import { appEnvironment } from './app-environment';
import { stackSettings } from './stack-settings';

describe(stackSettings.name, () => {
  it('has the documented defaults, and takes an empty variable for an unset one', () => {
    const settings = stackSettings({
      STACK_DIR: '',
      KAFKA_PORT: '',
      KAFKA_BROKERS: '',
      MONGODB_URI: '',
      S3_ENDPOINT: '',
    });
    expect(settings.stackDir).toMatch(/\/\.stack$/);
    expect(settings.ports).toEqual({
      kafka: 9092,
      database: 27017,
      s3: 9000,
      'processor-api': 8000,
      'metadata-worker': 8001,
    });
    expect(settings.externalKafkaBrokers).toBeUndefined();
    expect(settings.externalMongodbUri).toBeUndefined();
    expect(settings.externalS3Endpoint).toBeUndefined();
  });

  it.each([
    [{ KAFKA_PORT: '90x' }, 'KAFKA_PORT is "90x", which is no whole number.'],
    [{ WORKER_PORT: '65536' }, 'WORKER_PORT is 65536; ports go from 1 to 65535.'],
    [{ WORKER_PORT: '8000' }, 'PROCESSOR_PORT and WORKER_PORT are both 8000.'],
  ])('refuses %j', (env, message) => {
    expect(() => stackSettings(env)).toThrow(message);
  });
});

describe(appEnvironment.name, () => {
  it('decides addresses and port, and passes everything else on', () => {
    const env = {
      STACK_DIR: '/tmp/none',
      PORT: '1',
      AUTH_MODE: 'off',
      KAFKA_TOPIC_CREATE: 'false',
      PROCESSOR_PORT: '8100',
    };
    expect(appEnvironment('processor-api', stackSettings(env))).toMatchObject({
      PORT: '8100',
      KAFKA_BROKERS: '127.0.0.1:9092',
      MONGODB_URI: 'mongodb://127.0.0.1:27017',
      READ_MONGODB_URI: 'mongodb://127.0.0.1:27017',
      READ_DATABASE_KIND: 'embedded',
      KAFKA_TOPIC_CREATE: 'false',
      AUTH_MODE: 'off',
    });
  });

  it("reads from the user's own database unless told otherwise", () => {
    for (const own of [{ MONGODB_URI: 'mongodb://mine' }, { READ_MONGODB_URI: 'mongodb://mine' }]) {
      const env = appEnvironment('processor-api', stackSettings({ STACK_DIR: '/tmp/none', ...own }));
      expect(env.READ_MONGODB_URI).toBe('mongodb://mine');
      expect(env.READ_DATABASE_KIND).toBeUndefined();
    }
  });

  it('leaves the archive off, and sends it to our object store once a bucket is named', () => {
    const env = { STACK_DIR: '/tmp/none' };
    expect(appEnvironment('metadata-worker', stackSettings(env)).S3_ENDPOINT).toBeUndefined();
    const on = appEnvironment('metadata-worker', stackSettings({ ...env, ARCHIVE_BUCKET: 'mine' }));
    expect(on).toMatchObject({ S3_ENDPOINT: 'http://127.0.0.1:9000', AWS_ACCESS_KEY_ID: 'local' });
  });

  it("leaves the user's own object store and credentials as they are", () => {
    const own = { ARCHIVE_BUCKET: 'mine', S3_ENDPOINT: 'https://s3.example', AWS_ACCESS_KEY_ID: 'me' };
    expect(appEnvironment('metadata-worker', stackSettings(own))).toMatchObject(own);
  });
});
