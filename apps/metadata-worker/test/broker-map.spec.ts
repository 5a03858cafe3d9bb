import { createKafkaClient, createLogger, type KafkaSettings } from '@libs/platform';
import { freePort } from '../../../tools/stack/port-holder';
import { TcpGate } from '@libs/testing/tcp-gate';
import { kafkaBrokers, testKafka } from '@libs/testing/test-stack';

describe('KAFKA_BROKER_MAP', () => {
  let gate: TcpGate;
  let advertised: string;
  const settings = (brokerMap: ReadonlyMap<string, string>): KafkaSettings => ({
    brokers: [`127.0.0.1:${gate.port}`],
    clientId: 'tunnel-test',
    createTopics: false,
    brokerMap,
  });
  const connectionsOf = async (brokerMap: ReadonlyMap<string, string>): Promise<number> => {
    const before = gate.connections;
    const admin = createKafkaClient(settings(brokerMap), createLogger('test', 'silent')).admin();
    await admin.connect();
    await admin.fetchTopicMetadata();
    await admin.describeCluster();
    await admin.disconnect();
    return gate.connections - before;
  };

  beforeAll(async () => {
    const [host = '', port] = kafkaBrokers.split(',')[0]!.split(':');
    gate = new TcpGate(await freePort(), { host, port: Number(port) });
    await gate.open();
    const admin = testKafka().admin();
    await admin.connect();
    const [broker] = (await admin.describeCluster()).brokers;
    advertised = `${broker!.host}:${broker!.port}`;
    await admin.disconnect();
  });
  afterAll(() => gate.close());

  it('leads every connection to the advertised address through the tunnel', async () => {
    const direct = await connectionsOf(new Map());
    const mapped = await connectionsOf(new Map([[advertised, `127.0.0.1:${gate.port}`]]));
    expect(mapped).toBeGreaterThan(direct);
  });

  it('leaves addresses that are not in the map alone', async () => {
    const other = new Map([['kafka-9.example:9092', `127.0.0.1:${await freePort()}`]]);
    expect(await connectionsOf(other)).toBeGreaterThan(0);
  });
});
