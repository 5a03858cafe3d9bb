import { createKafkaClient } from '../../libs/platform/src/kafka/kafka-client';
import type { KafkaSettings } from '../../libs/platform/src/kafka/kafka-settings';
import { createLogger } from '../../libs/platform/src/logger';
import { withDeadline } from '../../libs/platform/src/time';
import { addressText, type Address } from './address';
import { nearEnd, type Forward } from './forward';

/** What a broker tells of its cluster. */
export interface KafkaCluster {
  readonly id: string;
  /** As they advertise themselves, by node id. */
  readonly brokers: readonly (Address & { readonly nodeId: number })[];
}

/** How clients sign on; what the forward decides is left out. */
export type KafkaAccess = Pick<KafkaSettings, 'tls' | 'sasl'>;

/** Whatever names the broker tells, this client stays with the one behind the forward. */
class OneWay extends Map<string, string> {
  constructor(private readonly near: string) {
    super();
  }

  override get(): string {
    return this.near;
  }
}

const logger = createLogger('tunnel', 'silent');

/**
 * Asks the broker behind the forward for its cluster over a new connection (ApiVersions, SASL where it is set, Metadata).
 * Rejects when it does not answer within `timeoutMs`.
 */
export async function askKafka(
  forward: Forward,
  access: KafkaAccess,
  timeoutMs: number,
): Promise<KafkaCluster> {
  const target = addressText(forward.target);
  const kafka = createKafkaClient(
    {
      ...access,
      clientId: 'tunnel',
      createTopics: false,
      // By its own name, so that a certificate is checked against that.
      brokers: [target],
      brokerMap: new OneWay(nearEnd(forward)),
    },
    logger,
  );
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    await withDeadline(admin.connect(), timeoutMs);
    const { clusterId, brokers } = await withDeadline(admin.describeCluster(), timeoutMs);
    return { id: clusterId, brokers: brokers.toSorted((a, b) => a.nodeId - b.nodeId) };
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
