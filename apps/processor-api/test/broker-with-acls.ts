import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
  type Admin,
} from 'kafkajs';
import { kafkaLaunch } from '../../../tools/stack/kafka-part';
import { probeKafka } from '../../../tools/stack/kafka-readiness';
import { kafkaProgram } from '../../../tools/stack/programs';
import { silentProgress } from '../../../tools/stack/progress';
import { kafkaAddress } from '../../../tools/stack/stack-addresses';
import type { StackSettings } from '../../../tools/stack/stack-settings';
import { ownTemporaryStack, removeStack } from '../../../tools/stack/test/temporary-stack';
import { eventually } from '@libs/testing/app-process';
import { ChildProgram } from '@libs/testing/child-program';

const READY_MS = 90_000;
const AUTHORIZER = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found=true',
];
const EVERYONE = { principal: 'User:ANONYMOUS', host: '*' };

/** A broker of the test's own that asks for permissions; whoever may not write to a topic may do all else. */
export class BrokerWithAcls {
  private constructor(
    private readonly settings: StackSettings,
    private readonly program: ChildProgram,
    readonly admin: Admin,
  ) {}

  static async start(): Promise<BrokerWithAcls> {
    const settings = await ownTemporaryStack();
    const { command, args, cwd, env } = await kafkaLaunch(
      settings,
      await kafkaProgram(settings, silentProgress),
    );
    appendFileSync(join(settings.stackDir, 'run', 'kafka.properties'), AUTHORIZER.join('\n'));
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    process.once('exit', () => child.kill('SIGKILL'));
    const program = new ChildProgram(child);
    const address = kafkaAddress(settings.ports.kafka);
    const isUp = (): Promise<boolean> =>
      probeKafka(address).then(
        () => true,
        () => false,
      );
    if (!(await eventually(isUp, READY_MS, program.exited))) throw new Error(program.output.slice(-4_000));
    const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    return new BrokerWithAcls(settings, program, admin);
  }

  get address(): string {
    return kafkaAddress(this.settings.ports.kafka);
  }

  async stop(): Promise<void> {
    await this.admin.disconnect();
    await this.program.stop();
    await removeStack(this.settings);
  }

  async makeTopic(topic: string, config: Readonly<Record<string, string>> = {}): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await this.admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions: 2, configEntries }],
    });
  }

  async denyWrites(topic: string): Promise<void> {
    const resource = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
    };
    await this.admin.createAcls({
      acl: [
        {
          ...EVERYONE,
          ...resource,
          operation: AclOperationTypes.ALL,
          permissionType: AclPermissionTypes.ALLOW,
        },
        {
          ...EVERYONE,
          ...resource,
          operation: AclOperationTypes.WRITE,
          permissionType: AclPermissionTypes.DENY,
        },
      ],
    });
  }

  async allowWrites(topic: string): Promise<void> {
    await this.admin.deleteAcls({
      filters: [
        {
          resourceType: AclResourceTypes.TOPIC,
          resourceName: topic,
          resourcePatternType: ResourcePatternTypes.LITERAL,
          operation: AclOperationTypes.WRITE,
          permissionType: AclPermissionTypes.DENY,
        },
      ],
    });
  }
}
