import { addressText, type Address } from './address';

/** What speaks at the far end, and so how a forward is checked. */
export type ForwardKind = 'kafka' | 'k3s' | 'grafana';

/** One port of this machine that leads through the bastion. */
export interface Forward {
  /** What the status lines call it: `kafka`, `k3s`, `grafana`, and `kafka-2` for a further broker. */
  readonly name: string;
  readonly kind: ForwardKind;
  readonly localPort: number;
  /** As the bastion sees it. */
  readonly target: Address;
}

export const localHost = '127.0.0.1';

/** Where this machine reaches the far end. */
export function nearEnd({ localPort }: Pick<Forward, 'localPort'>): string {
  return `${localHost}:${localPort}`;
}

/** From where to where, for a human. */
export function route(forward: Forward): string {
  return `${nearEnd(forward)} → ${addressText(forward.target)}`;
}
