import { kafkaProperties } from './kafka-properties';

describe(kafkaProperties.name, () => {
  const lines = kafkaProperties('data/kafka', { port: 9092, controllerPort: 40_001 }).split('\n');

  it('listens on loopback alone', () => {
    expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:40001');
    expect(lines).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:9092');
  });

  it('makes no topic by accident and asks for no second replica', () => {
    expect(lines).toContain('auto.create.topics.enable=false');
    expect(
      lines.filter((line) => /replication\.factor|min\.isr/.test(line)).every((line) => line.endsWith('=1')),
    ).toBe(true);
  });
});
