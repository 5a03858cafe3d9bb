import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationFault, readSettings } from '../settings';
import { kafkaFaults, kafkaSettings, toKafkaSettings, type KafkaSettings } from './kafka-settings';

function settingsOf(env: NodeJS.ProcessEnv, onLaptop = true): KafkaSettings {
  return toKafkaSettings(readSettings(z.object(kafkaSettings), env, kafkaFaults), 'the-service', onLaptop);
}

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    settingsOf(env);
    return [];
  } catch (error) {
    return (error as ConfigurationFault).faults;
  }
}

describe('the settings of Kafka', () => {
  it('need nothing on a laptop', () => {
    expect(settingsOf({})).toEqual({
      brokers: ['localhost:9092'],
      clientId: 'the-service',
      createTopics: true,
      brokerMap: new Map(),
    });
  });

  it('make no topics elsewhere, unless told to', () => {
    expect(settingsOf({}, false).createTopics).toBe(false);
    expect(settingsOf({ KAFKA_TOPIC_CREATE: 'true' }, false).createTopics).toBe(true);
    expect(settingsOf({ KAFKA_TOPIC_CREATE: 'false' }).createTopics).toBe(false);
  });

  it.each(['kafka', 'kafka:', ':9092', 'kafka:9092,', 'kafka:port', 'http://kafka:9092', 'a b:1'])(
    'refuse the brokers "%s"',
    (brokers) => {
      const faults = faultsOf({ KAFKA_BROKERS: brokers });
      expect(faults.length).toBeGreaterThan(0);
      for (const fault of faults) expect(fault).toMatch(/^KAFKA_BROKERS: must be /);
    },
  );

  describe('KAFKA_BROKER_MAP', () => {
    it('names for each advertised address where it is reachable', () => {
      const map =
        'kafka-0.kafka-svc.platform.svc.cluster.local:9092=localhost:9092, kafka-1.kafka-svc:9092=localhost:9093';
      expect(settingsOf({ KAFKA_BROKER_MAP: map }).brokerMap).toEqual(
        new Map([
          ['kafka-0.kafka-svc.platform.svc.cluster.local:9092', 'localhost:9092'],
          ['kafka-1.kafka-svc:9092', 'localhost:9093'],
        ]),
      );
    });

    it.each(['a:1', 'a:1=b', 'a=b:1', 'a:1=b:2=c:3', '=', 'a:1=b:2,'])('refuses "%s"', (map) => {
      const [fault] = faultsOf({ KAFKA_BROKER_MAP: map });
      expect(fault).toMatch(/^KAFKA_BROKER_MAP: must be /);
    });
  });

  describe('SASL', () => {
    const login = { KAFKA_SASL_USERNAME: 'bob', KAFKA_SASL_PASSWORD: 'Geheim' };

    it.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
      'takes the mechanism %s with its login',
      (mechanism) => {
        expect(settingsOf({ KAFKA_SASL_MECHANISM: mechanism, ...login }).sasl).toEqual({
          mechanism,
          username: 'bob',
          password: 'Geheim',
        });
      },
    );

    it('names what is missing of a login', () => {
      expect(faultsOf({ KAFKA_SASL_MECHANISM: 'plain' })).toEqual([
        'KAFKA_SASL_USERNAME: must be set with KAFKA_SASL_MECHANISM',
        'KAFKA_SASL_PASSWORD: must be set with KAFKA_SASL_MECHANISM',
      ]);
      expect(faultsOf({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'bob' })).toHaveLength(1);
    });

    it('refuses a login that would silently not be used', () => {
      expect(faultsOf(login)).toEqual(['KAFKA_SASL_MECHANISM: must be set with KAFKA_SASL_USERNAME']);
    });

    it('refuses an unknown mechanism and prints no part of the login', () => {
      const faults = faultsOf({ KAFKA_SASL_MECHANISM: 'Geheim', ...login });
      expect(faults).toEqual(['KAFKA_SASL_MECHANISM: must be one of plain, scram-sha-256, scram-sha-512']);
    });
  });

  it('refuses a name of the client that no request has room for', () => {
    expect(faultsOf({ KAFKA_CLIENT_ID: 'ü'.repeat(249) })).toEqual([]);
    expect(faultsOf({ KAFKA_CLIENT_ID: 'x'.repeat(250) })).toEqual([
      'KAFKA_CLIENT_ID: must be at most 249 characters',
    ]);
  });

  describe('TLS', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'kafka-settings-'));
      for (const name of ['ca', 'cert', 'key']) writeFileSync(join(folder, name), `the ${name}`);
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    it('is off unless it is asked for', () => {
      expect(settingsOf({ KAFKA_SSL: 'false' })).not.toHaveProperty('tls');
      expect(settingsOf({ KAFKA_SSL: 'true' }).tls).toEqual({});
    });

    it('is never left off in silence when its files are given', () => {
      expect(faultsOf({ KAFKA_SSL_CA_FILE: join(folder, 'ca') })).toEqual([
        'KAFKA_SSL: must be true with KAFKA_SSL_CA_FILE',
      ]);
    });

    it('reads the files it is given', () => {
      const env = {
        KAFKA_SSL: 'true',
        KAFKA_SSL_CA_FILE: join(folder, 'ca'),
        KAFKA_SSL_CERT_FILE: join(folder, 'cert'),
        KAFKA_SSL_KEY_FILE: join(folder, 'key'),
      };
      expect(settingsOf(env).tls).toEqual({ ca: 'the ca', cert: 'the cert', key: 'the key' });
    });

    it('names each file that cannot be read, without its path', () => {
      const env = { KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: join(folder, 'none'), KAFKA_SSL_KEY_FILE: folder };
      expect(faultsOf(env)).toEqual([
        'KAFKA_SSL_CA_FILE: must name a readable file',
        'KAFKA_SSL_KEY_FILE: must name a readable file',
      ]);
    });
  });
});
