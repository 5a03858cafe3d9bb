import { brokerForwards } from './broker-forwards';
import type { Forward } from './forward';

const broker = (nodeId: number): { nodeId: number; host: string; port: number } => ({
  nodeId,
  host: `kafka-${nodeId}.kafka-svc`,
  port: 9092,
});
const forward = (host: string, localPort: number): Forward => ({
  name: 'kafka',
  kind: 'kafka',
  localPort,
  target: { host, port: 9092 },
});
const grafana: Forward = { ...forward('grafana', 3000), kind: 'grafana' };

describe(brokerForwards.name, () => {
  it('leads the only broker through the first forward, whatever name that goes to', () => {
    const { map, missing } = brokerForwards([broker(0)], [grafana, forward('kafka.platform.svc', 9092)]);
    expect([...map]).toEqual([['kafka-0.kafka-svc:9092', '127.0.0.1:9092']]);
    expect(missing).toEqual([]);
  });

  it('leads each of several brokers through the forward to its own name', () => {
    const forwards = [forward('kafka-0.kafka-svc', 9092), forward('kafka-1.kafka-svc', 9093)];
    const { map, missing } = brokerForwards([broker(0), broker(1), broker(2)], forwards);
    expect([...map]).toEqual([
      ['kafka-0.kafka-svc:9092', '127.0.0.1:9092'],
      ['kafka-1.kafka-svc:9092', '127.0.0.1:9093'],
    ]);
    expect(missing).toEqual([broker(2)]);
  });

  it("never takes a Service's name for one of several brokers", () => {
    const { map, missing } = brokerForwards([broker(0), broker(1)], [forward('kafka.platform.svc', 9092)]);
    expect(map.size).toBe(0);
    expect(missing).toHaveLength(2);
  });
});
