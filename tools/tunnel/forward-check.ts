import type { Forward } from './forward';
import { askGrafana } from './grafana-check';
import { askK3s } from './k3s-check';
import { askKafka, type KafkaAccess, type KafkaCluster } from './kafka-check';

/** What the far end said. */
export interface CheckAnswer {
  /** For the status line. */
  readonly detail: string;
  /** Of a broker: its cluster. */
  readonly cluster?: KafkaCluster;
}

const answerWithinMs = 5000;

/** Speaks the protocol of the far end through the forward. Rejects when it does not answer in it within 5 s. */
export async function checkForward(forward: Forward, access: KafkaAccess): Promise<CheckAnswer> {
  switch (forward.kind) {
    case 'kafka': {
      const cluster = await askKafka(forward, access, answerWithinMs);
      const { length } = cluster.brokers;
      return { detail: `cluster ${cluster.id}, ${length} broker${length === 1 ? '' : 's'}`, cluster };
    }
    case 'k3s':
      return { detail: `HTTPS answers ${await askK3s(forward, answerWithinMs)}` };
    case 'grafana':
      return { detail: `Grafana ${await askGrafana(forward, answerWithinMs)}`.trim() };
  }
}
