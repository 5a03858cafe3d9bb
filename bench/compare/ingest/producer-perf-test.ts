import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaProgram } from '../../../tools/stack/programs';
import type { Progress } from '../../../tools/stack/progress';
import type { StackSettings } from '../../../tools/stack/stack-settings';

export const perfTestTopic = 'bench-perf-test';

/** Enough for its Java to be warm, and to tell how many make a round. */
const firstRecords = 50_000;

/** Kafka's own load generator, with values of ours. */
export class ProducerPerfTest {
  private rate: number | undefined;

  private constructor(
    private readonly java: string,
    private readonly args: readonly string[],
  ) {}

  /** `values` are sent over and over; none of them holds a line feed. */
  static async prepare(
    { settings, progress }: { readonly settings: StackSettings; readonly progress: Progress },
    { brokers, values }: { readonly brokers: string; readonly values: readonly Buffer[] },
  ): Promise<ProducerPerfTest> {
    const { java, jars } = await kafkaProgram(settings, progress);
    const payload = join(settings.stackDir, 'perf-test-values');
    writeFileSync(payload, Buffer.concat(values.flatMap((value) => [value, Buffer.from('\n')])));
    const producer = [
      `bootstrap.servers=${brokers}`,
      'acks=all',
      'linger.ms=5',
      'batch.size=524288',
      'buffer.memory=134217728',
    ];
    const program = [
      '-Xms256m',
      '-Xmx512m',
      '-cp',
      join(jars, '*'),
      'org.apache.kafka.tools.ProducerPerformance',
    ];
    const load = ['--topic', perfTestTopic, '--payload-file', payload, '--throughput', '-1'];
    return new ProducerPerfTest(java, [...program, ...load, '--producer-props', ...producer]);
  }

  /** Sends for about so long. */
  async round(seconds: number): Promise<{ readonly recordsPerSecond: number }> {
    this.rate ??= await this.run(firstRecords);
    return { recordsPerSecond: await this.run(Math.ceil(this.rate * seconds)) };
  }

  /** Sends so many records; answers records a second, as it reports them. */
  private async run(records: number): Promise<number> {
    const { stdout } = await promisify(execFile)(this.java, [...this.args, '--num-records', String(records)]);
    const last = stdout.trim().split('\n').at(-1) ?? '';
    const [, sent, rate] = /^(\d+) records sent, ([\d.]+) records\/sec/.exec(last) ?? [];
    if (Number(sent) !== records) throw new Error(`producer-perf-test did not send all:\n${stdout}`);
    return Number(rate);
  }
}
