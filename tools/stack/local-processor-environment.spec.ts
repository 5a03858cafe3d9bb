import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { knownProcess, TunnelFile } from '../tunnel/tunnel-file';
import { chooseKafkaRoute } from './kafka-route';
import { localProcessorEnvironment } from './local-processor-environment';
import { stackSettings } from './stack-settings';

describe('the Kafka of the API that runs alone', () => {
  let stackDir: string;

  beforeEach(() => {
    stackDir = mkdtempSync(join(tmpdir(), 'kafka-route-'));
  });
  afterEach(() => {
    rmSync(stackDir, { recursive: true });
  });

  const environmentOf = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
    const settings = stackSettings({ STACK_DIR: stackDir, ...env });
    return localProcessorEnvironment(settings, chooseKafkaRoute(settings));
  };

  function tunnelRuns(isUp: boolean): void {
    new TunnelFile(stackDir).write({
      supervisor: knownProcess(process.pid)!,
      ssh: null,
      bastion: 'ec2-user@bastion',
      kafka: {
        isUp,
        brokers: { 'kafka-0.kafka-svc:9092': '127.0.0.1:9092', 'kafka-1.kafka-svc:9092': '127.0.0.1:9093' },
      },
    });
  }

  it('is none: it says what to start', () => {
    expect(() => environmentOf({})).toThrow(/neither a tunnel nor the stack runs/);
  });

  it('is that of a tunnel: every broker by its name, no topic made, nothing read', () => {
    tunnelRuns(true);
    const env = environmentOf({ MONGODB_URI: 'mongodb://mine' });
    expect(env).toMatchObject({
      KAFKA_BROKERS: 'kafka-0.kafka-svc:9092,kafka-1.kafka-svc:9092',
      KAFKA_BROKER_MAP: 'kafka-0.kafka-svc:9092=127.0.0.1:9092,kafka-1.kafka-svc:9092=127.0.0.1:9093',
      KAFKA_TOPIC_CREATE: 'false',
      TRUSTED_PROXIES: '127.0.0.1/32,::1/128',
    });
    expect(env.READ_MONGODB_URI).toBeUndefined();
    expect(environmentOf({ READ_MONGODB_URI: 'mongodb://mine' }).READ_MONGODB_URI).toBe('mongodb://mine');
  });

  it('is never asked to make topics behind a tunnel', () => {
    tunnelRuns(true);
    expect(() => environmentOf({ KAFKA_TOPIC_CREATE: 'true' })).toThrow(/KAFKA_TOPIC_CREATE is true/);
    const own = { KAFKA_BROKERS: 'kafka-0:9092', KAFKA_BROKER_MAP: 'kafka-0:9092=localhost:9092' };
    expect(environmentOf(own).KAFKA_TOPIC_CREATE).toBe('false');
  });

  it('is not that of a tunnel through which nothing answers', () => {
    tunnelRuns(false);
    expect(() => environmentOf({})).toThrow(/no Kafka answers through it/);
  });

  it("is the caller's before any other", () => {
    tunnelRuns(true);
    expect(environmentOf({ KAFKA_BROKERS: 'mine:9092', TRUSTED_PROXIES: '10.0.0.0/8' })).toMatchObject({
      KAFKA_BROKERS: 'mine:9092',
      KAFKA_TOPIC_CREATE: 'true',
      TRUSTED_PROXIES: '10.0.0.0/8',
    });
  });

  it('can be chosen where both run', () => {
    tunnelRuns(true);
    expect(() => environmentOf({ PROCESSOR_KAFKA: 'stack' })).toThrow("The stack's Kafka does not run.");
    expect(() => environmentOf({ PROCESSOR_KAFKA: 'both' })).toThrow(/neither stack nor tunnel/);
  });
});
