import { connect } from 'node:net';
import { StackError } from './stack-error';

const answerWithinMs = 3000;

/**
 * Resolves when something listens at one of the brokers, given as in KAFKA_BROKERS and KAFKA_BROKER_MAP; what speaks
 * there is the API's to find out. Throws a StackError that names why each cannot be reached.
 */
export async function requireReachableBroker(brokers: string, brokerMap = ''): Promise<void> {
  const near = new Map(brokerMap.split(',').map((pair) => pair.trim().split('=') as [string, string]));
  const addresses = brokers.split(',').map((broker) => broker.trim());
  try {
    await Promise.any(addresses.map((address) => listens(near.get(address) ?? address)));
  } catch (cause) {
    const reasons = (cause as AggregateError).errors.map(String).map((text) => text.replace(/^Error: /, ''));
    throw new StackError(
      `No broker of KAFKA_BROKERS can be reached: ${reasons.join(', ')}.`,
      'Start it or correct KAFKA_BROKERS; unset it for the Kafka of make stack-up or make tunnel.',
      { cause },
    );
  }
}

function listens(address: string): Promise<void> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  return new Promise((resolve, reject) => {
    if (host === '') {
      reject(new Error(`${address} is not host:port`));
      return;
    }
    const socket = connect({ host, port: Number(port), timeout: answerWithinMs }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('timeout', () => socket.destroy(new Error(`no answer from ${address}`)));
    socket.on('error', reject);
  });
}
