import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getToken, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { type Counter, Gauge } from 'prom-client';
import { Clock } from '@libs/domain';
import { ClientAddresses, NestLogger } from '@libs/platform';
import { processorConfig } from '../config';
import { AccessPolicy } from './access-policy';
import { FailedAttempts } from './failed-attempts';
import { KEY_REQUESTS_METRIC, KeyMetrics } from './key-metrics';
import { KeyQuotas } from './key-quotas';
import { KeysWatch } from './keys/keys-watch';

type Config = ConfigType<typeof processorConfig>;
type PolicyParts = [Config, ClientAddresses, KeysWatch, Clock];

/** Who may ask for what: wires the policy to the keys file, the limits and their metrics. */
@Module({
  providers: [
    {
      provide: KeysWatch,
      inject: [processorConfig.KEY, Clock, NestLogger],
      useFactory: ({ keysFile }: Config, clock: Clock, { pino }: NestLogger) =>
        new KeysWatch(keysFile, clock, pino),
    },
    {
      provide: AccessPolicy,
      inject: [processorConfig.KEY, ClientAddresses, KeysWatch, Clock],
      useFactory: (...[config, addresses, keys, clock]: PolicyParts) =>
        new AccessPolicy(config, { addresses, keys, clock, limits: limitsOf(config) }),
    },
    makeCounterProvider(KEY_REQUESTS_METRIC),
    {
      provide: KeyMetrics,
      inject: [getToken(KEY_REQUESTS_METRIC.name)],
      useFactory: (requests: Counter) => new KeyMetrics(requests),
    },
  ],
  exports: [AccessPolicy, KeyMetrics],
})
export class AccessModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly watch: KeysWatch,
    private readonly metrics: KeyMetrics,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    this.showKeys();
    await this.watch.start((ids) => {
      this.metrics.keep(ids);
    });
  }

  onApplicationShutdown(): void {
    this.watch.stop();
  }

  private showKeys(): void {
    const { watch, clock } = this;
    new Gauge({
      name: 'api_keys',
      help: 'API keys that were not revoked',
      collect() {
        this.set(watch.keys.size);
      },
    });
    new Gauge({
      name: 'api_keys_expiring',
      help: 'API keys that are good now and expire within 14 days',
      collect() {
        this.set(watch.keys.expiring(clock.now()).length);
      },
    });
    new Gauge({
      name: 'api_keys_file_broken',
      help: '1 while the file of API keys cannot be used and the last good keys stay in place',
      collect() {
        this.set(watch.problem === undefined ? 0 : 1);
      },
    });
  }
}

function limitsOf({ limits }: Config): { quotas: KeyQuotas; failures: FailedAttempts } | undefined {
  return (
    limits && {
      quotas: new KeyQuotas(limits.perMinute),
      failures: new FailedAttempts(limits.failuresPerMinute),
    }
  );
}
