import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { ALL_TOPICS } from '@libs/contracts';
import { kafkaLaunch } from '../../stack/kafka-part';
import { probeKafka } from '../../stack/kafka-readiness';
import { Part } from '../../stack/part';
import { freePort } from '../../stack/port-holder';
import { kafkaProgram } from '../../stack/programs';
import { silentProgress } from '../../stack/progress';
import { untilReady } from '../../stack/readiness';
import { kafkaAddress } from '../../stack/stack-addresses';
import type { StackSettings } from '../../stack/stack-settings';

const readyWithinMs = 60_000;

/**
 * A broker as it is inside a cluster: whoever comes through its port `port` is told to go on to a name that does not
 * resolve here. Through `directly` a test reads what is on the topics.
 */
export class PrivateKafka {
  static readonly advertised = 'kafka-0.kafka-svc.platform.svc.cluster.local:9092';

  private constructor(
    private readonly part: Part,
    readonly port: number,
    private readonly directPort: number,
  ) {}

  /** Starts it in a STACK_DIR of its own and makes the topics, as a cluster does. */
  static async start(settings: StackSettings): Promise<PrivateKafka> {
    const port = await freePort();
    const part = new Part('kafka', settings.stackDir);
    const launch = await kafkaLaunch(settings, await kafkaProgram(settings, silentProgress));
    addListener(join(settings.stackDir, 'run', 'kafka.properties'), port);
    const directPort = settings.ports.kafka;
    // It lives for a minute: a compiler that is quick to start is worth more than one that is thorough.
    const args = ['-XX:TieredStopAtLevel=1', ...launch.args];
    part.start({ launch: { ...launch, args }, port: directPort, variables: {} });
    await untilReady(part, () => probeKafka(kafkaAddress(directPort)), readyWithinMs);
    const kafka = new PrivateKafka(part, port, directPort);
    await kafka.makeTopics();
    return kafka;
  }

  /** What has no name to resolve: the listener that advertises its own address. */
  directly(): Kafka {
    return new Kafka({ brokers: [kafkaAddress(this.directPort)], logLevel: logLevel.NOTHING });
  }

  async stop(): Promise<void> {
    this.part.kill('SIGKILL');
    await this.part.ended(readyWithinMs);
  }

  private async makeTopics(): Promise<void> {
    const admin: Admin = this.directly().admin();
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: true,
      topics: ALL_TOPICS.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions })),
    });
    await admin.disconnect();
  }
}

function addListener(file: string, port: number): void {
  const added: Readonly<Record<string, string>> = {
    listeners: `PRIVATE://127.0.0.1:${port}`,
    'advertised.listeners': `PRIVATE://${PrivateKafka.advertised}`,
    'listener.security.protocol.map': 'PRIVATE:PLAINTEXT',
  };
  const lines = readFileSync(file, 'utf8').split('\n');
  const extended = lines.map((line) => {
    const [name = ''] = line.split('=', 1);
    return added[name] === undefined ? line : `${line},${added[name]}`;
  });
  writeFileSync(file, extended.join('\n'));
}
