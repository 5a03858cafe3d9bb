import type { Counter } from 'prom-client';

export const KEY_REQUESTS_METRIC = {
  name: 'api_requests_total',
  help: 'Answered requests by id of the API key (none: without a known key) and outcome',
  labelNames: ['key_id', 'outcome'],
};

/** served: below 400, limited: 429, refused: any other 4xx, failed: 5xx */
const OUTCOMES = ['served', 'limited', 'refused', 'failed'] as const;
const NO_KEY = 'none';

/** Counts requests by key; what it remembers does not grow with the keys that were there once. */
export class KeyMetrics {
  private known: ReadonlySet<string> = new Set();

  constructor(private readonly requests: Counter) {}

  observe(keyId: string | null, status: number): void {
    this.requests.inc({ key_id: keyId ?? NO_KEY, outcome: outcomeOf(status) });
  }

  /** Forgets the keys that are no longer in the keys file. */
  keep(ids: readonly string[]): void {
    const kept = new Set(ids);
    for (const id of this.known) {
      if (!kept.has(id)) for (const outcome of OUTCOMES) this.requests.remove({ key_id: id, outcome });
    }
    this.known = kept;
  }
}

function outcomeOf(status: number): (typeof OUTCOMES)[number] {
  if (status < 400) return 'served';
  if (status === 429) return 'limited';
  return status < 500 ? 'refused' : 'failed';
}
