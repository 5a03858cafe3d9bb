import { addressText, type Address } from './address';
import { nearEnd, type Forward } from './forward';

export interface BrokerForwards {
  /** Advertised address → where it is reachable from here, one for each broker, as in KAFKA_BROKER_MAP. */
  readonly map: ReadonlyMap<string, string>;
  /** Brokers that no forward leads to yet. */
  readonly missing: readonly (Address & { readonly nodeId: number })[];
}

/**
 * Which forward leads to which of the brokers that the cluster advertises. The first forward may go to a Service's
 * name: where there is one broker alone, it can lead to no other.
 */
export function brokerForwards(
  brokers: readonly (Address & { readonly nodeId: number })[],
  forwards: readonly Forward[],
): BrokerForwards {
  const ofKafka = forwards.filter(({ kind }) => kind === 'kafka');
  const [first] = ofKafka;
  const map = new Map<string, string>();
  const missing: (Address & { nodeId: number })[] = [];
  for (const broker of brokers) {
    const advertised = addressText(broker);
    const own =
      ofKafka.find(({ target }) => addressText(target) === advertised) ??
      (brokers.length === 1 ? first : undefined);
    if (own) map.set(advertised, nearEnd(own));
    else missing.push(broker);
  }
  return { map, missing };
}
