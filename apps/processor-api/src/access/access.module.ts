import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getToken, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { type Counter, Gauge } from 'prom-client';
import { Clock } from '@libs/domain';
import { ClientAddresses, NestLogger } from '@libs/platform';
import { processorConfig } from '../config';
import { AccessPolicy } from './access-policy';
import { KEY_REQUESTS_METRIC, KeyMetrics } from './key-metrics';
import { KeysWatch } from './keys/keys-watch';
import { FailedAttempts, KeyQuotas } from './rate-limits';

type Config = ConfigType<typeof processorConfig>;

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
      inject: [processorConfig.KEY, ClientAddresses, KeysWatch],
      useFactory: (config: Config, addresses: ClientAddresses, keys: KeysWatch) =>
        new AccessPolicy(config, { addresses, keys, limits: limitsOf(config) }),
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
    const show = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        collect() {
          this.set(value());
        },
      });
    };
    const { watch } = this;
    show('api_keys', 'API keys that were not revoked', () => watch.size);
    show(
      'api_keys_expiring',
      'API keys that are good now and expire within 14 days',
      () => watch.expiring().length,
    );
    show(
      'api_keys_file_broken',
      '1 while the file of API keys cannot be used and the last good keys stay in place',
      () => (watch.unhealthyReason === undefined ? 0 : 1),
    );
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
