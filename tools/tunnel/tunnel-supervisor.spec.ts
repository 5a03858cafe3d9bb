import { StackError } from '../stack/stack-error';
import type { Forward } from './forward';
import type { CheckAnswer } from './forward-check';
import type { Connection } from './ssh-connection';
import type { SshFailure } from './ssh-failure';
import { StatusBoard } from './status-board';
import { TunnelSupervisor, type TunnelState, type TunnelWorld } from './tunnel-supervisor';

const lost: SshFailure = { what: 'the bastion closed the connection', nextStep: 'nothing', passes: 'always' };
const refused: SshFailure = { what: 'not let in', nextStep: 'another key', passes: 'if-it-worked-before' };
const changed: SshFailure = { what: 'another host key', nextStep: 'find out why', passes: 'never' };

const kafka: Forward = {
  name: 'kafka',
  kind: 'kafka',
  localPort: 9092,
  target: { host: 'kafka-0', port: 9092 },
};
const grafana: Forward = {
  name: 'grafana',
  kind: 'grafana',
  localPort: 3000,
  target: { host: 'grafana', port: 3000 },
};

/** An ssh that does what the test says. */
class ScriptedConnection implements Connection {
  private readonly opening = Promise.withResolvers<boolean>();
  private readonly ending = Promise.withResolvers<SshFailure>();
  readonly pid = 1;
  readonly opened = this.opening.promise;
  readonly ended = this.ending.promise;
  isClosed = false;

  constructor(readonly forwards: readonly Forward[]) {}

  open(): void {
    this.opening.resolve(true);
  }
  end(failure: SshFailure): void {
    this.opening.resolve(false);
    this.ending.resolve(failure);
  }
  takeRefusal(): string | undefined {
    return 'Connection refused';
  }
  close(): Promise<void> {
    this.isClosed = true;
    this.end(lost);
    return Promise.resolve();
  }
}

describe(TunnelSupervisor.name, () => {
  let connections: ScriptedConnection[];
  let states: TunnelState[];
  let lines: string[];
  let answers: Record<string, () => CheckAnswer>;
  let interruption: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    [connections, states, lines] = [[], [], []];
    answers = { kafka: () => ({ detail: 'fine' }), grafana: () => ({ detail: 'fine' }) };
    interruption = new AbortController();
  });
  afterEach(async () => {
    interruption.abort();
    await running.catch(() => undefined);
    expect(connections.every(({ isClosed }) => isClosed)).toBe(true);
  });

  function run(onConnect: (connection: ScriptedConnection, attempt: number) => void): Promise<void> {
    const world: TunnelWorld = {
      connect: (forwards) => {
        const connection = new ScriptedConnection(forwards);
        connections.push(connection);
        onConnect(connection, connections.length);
        return connection;
      },
      check: ({ name }) => Promise.resolve().then(() => (answers[name] ?? answers.kafka)!()),
      portFor: ({ nodeId }) => Promise.resolve(9092 + nodeId),
      publish: (state) => states.push(state),
    };
    const board = new StatusBoard(['grafana'], (line) => lines.push(line.slice('00:00:00  '.length)));
    const times = { whileUpMs: 5, whileDownMs: 5, settleMs: 0 };
    running = new TunnelSupervisor([kafka, grafana], world, board, times).run(interruption.signal);
    return running;
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await Promise.race([new Promise((next) => setTimeout(next, 2)), running]);
  }

  it('opens another connection when one ends, and says what is down and up', async () => {
    void run((connection) => {
      connection.open();
    });
    await until(() => states.at(-1)?.isKafkaUp === true);
    connections[0]!.end(lost);
    await until(() => lines.length === 9);
    expect(lines).toEqual([
      'ssh       up   the bastion let us in',
      'kafka     up   127.0.0.1:9092 → kafka-0:9092  fine',
      'grafana   up   127.0.0.1:3000 → grafana:3000  fine',
      'kafka     down no ssh connection',
      'grafana   down no ssh connection',
      'ssh       down the bastion closed the connection; trying again',
      'ssh       up   the bastion let us in',
      'kafka     up   127.0.0.1:9092 → kafka-0:9092  fine',
      'grafana   up   127.0.0.1:3000 → grafana:3000  fine',
    ]);
    expect(states.map(({ isKafkaUp }) => isKafkaUp)).toContain(false);
  });

  it('keeps the connection while a far end does not answer, and says why', async () => {
    answers.grafana = () => {
      throw new Error('socket hang up');
    };
    void run((connection) => {
      connection.open();
    });
    const why =
      'grafana   down 127.0.0.1:3000 → grafana:3000  the bastion cannot reach grafana:3000: Connection refused';
    await until(() => lines.includes(why));
    answers.grafana = () => ({ detail: 'fine' });
    await until(() => lines.at(-1) === 'grafana   up   127.0.0.1:3000 → grafana:3000  fine');
    expect(connections).toHaveLength(1);
  });

  it('leads to each broker the cluster has, over one connection', async () => {
    const brokers = [0, 1, 2].map((nodeId) => ({ nodeId, host: `kafka-${nodeId}`, port: 9092 }));
    answers.kafka = () => ({ detail: '3 brokers', cluster: { id: 'c', brokers } });
    void run((connection) => {
      connection.open();
    });
    await until(() => states.at(-1)?.brokers?.size === 3);
    expect([...states.at(-1)!.brokers!]).toEqual([
      ['kafka-0:9092', '127.0.0.1:9092'],
      ['kafka-1:9092', '127.0.0.1:9093'],
      ['kafka-2:9092', '127.0.0.1:9094'],
    ]);
    expect(connections.map(({ forwards }) => forwards.map(({ name }) => name))).toEqual([
      ['kafka', 'grafana'],
      ['kafka', 'grafana', 'kafka-1', 'kafka-2'],
    ]);
  });

  it('gives up at once when the key is refused at first', async () => {
    await expect(
      run((connection) => {
        connection.end(refused);
      }),
    ).rejects.toMatchObject({ message: 'The tunnel is down: not let in.', nextStep: 'another key' });
    expect(connections).toHaveLength(1);
  });

  it('tries again when a key is refused that was good before', async () => {
    void run((connection, attempt) => {
      if (attempt === 2) connection.end(refused);
      else connection.open();
    });
    await until(() => states.at(-1)?.isKafkaUp === true);
    connections[0]!.end(lost);
    await until(() => connections.length === 3);
  });

  it('never goes on when the host key changed', async () => {
    const end = run((connection) => {
      connection.open();
    });
    await until(() => states.at(-1)?.isKafkaUp === true);
    connections[0]!.end(changed);
    await expect(end).rejects.toThrow(StackError);
    expect(connections).toHaveLength(1);
  });

  it.each(['while it connects', 'while it is up'])('ends ssh when it is interrupted %s', async (when) => {
    const end = run((connection) => {
      if (when === 'while it is up') connection.open();
    });
    await until(() =>
      when === 'while it is up' ? states.at(-1)?.isKafkaUp === true : connections.length === 1,
    );
    interruption.abort();
    await end;
    expect(states.at(-1)).toMatchObject({ sshPid: undefined, isKafkaUp: false });
  });
});
