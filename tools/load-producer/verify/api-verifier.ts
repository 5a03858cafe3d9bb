import { setTimeout as sleep } from 'node:timers/promises';
import type { IndexSet } from '../index-set';
import type { MetadataRecords } from '../records/metadata-records';
import type { HttpAnswer, HttpClient } from '../sending/http-client';
import { verdictOfAnswer } from '../sending/http-verdicts';
import { Comparison } from './comparison';
import { contentDifference, vectorDifference } from './content-difference';
import type { Findings } from './verification';
import { Verifier } from './verifier';

const NOT_YET_MS = 100;
const AFTER_FAULT_MS = 500;
/** The key, or this API, reads nothing: asking on is of no use. */
const HOPELESS = new Set([400, 401, 403, 405, 501]);

export interface ApiVerifierTerms {
  /** Reads under way at a time. */
  readonly connections: number;
  /** How long no further record may turn up before those not there are missing. */
  readonly patienceMs: number;
}

/** Reads each document through the API. */
export class ApiVerifier extends Verifier {
  private readonly comparison = new Comparison();
  private fault: string | undefined;
  private lastFoundAtMs = 0;

  constructor(
    private readonly client: HttpClient,
    private readonly records: MetadataRecords,
    private readonly terms: ApiVerifierTerms,
  ) {
    super();
  }

  get found(): number {
    return this.comparison.found;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  async verify(acknowledged: IndexSet, signal: AbortSignal): Promise<Findings> {
    this.lastFoundAtMs = performance.now();
    // All take from the same sequence: what is stored in order is found in order.
    const indices = acknowledged.indices();
    const reader = async (): Promise<void> => {
      for (const index of indices) if (this.fault === undefined) await this.readOne(index, signal);
    };
    await Promise.all(Array.from({ length: this.terms.connections }, reader));
    const fault = this.fault === undefined ? {} : { fault: this.fault };
    return this.comparison.result({ where: 'api', acknowledged: acknowledged.size, ...fault });
  }

  close(): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }

  private async readOne(index: number, signal: AbortSignal): Promise<void> {
    const { comparison, records } = this;
    const id = records.run.eventId(index);
    for (;;) {
      const answer = await this.ask(id);
      if (answer?.status === 200) {
        comparison.noteFound(index, id, this.compare(index, answer.body));
        this.lastFoundAtMs = performance.now();
        return;
      }
      if (answer !== undefined && HOPELESS.has(answer.status)) {
        this.giveUp(answer, id);
        return;
      }
      const isMissing = performance.now() - this.lastFoundAtMs > this.terms.patienceMs;
      if (isMissing || signal.aborted) {
        // What was not waited for long enough may come yet.
        if (isMissing && answer?.status === 404) comparison.noteMissing(id);
        else comparison.unread += 1;
        return;
      }
      await sleep(answer?.status === 404 ? NOT_YET_MS : (answer?.retryAfterMs ?? AFTER_FAULT_MS));
    }
  }

  private ask(id: string): Promise<HttpAnswer | undefined> {
    return this.client.get(`/v1/metadata/${id}?include=embedding&as=packed`).catch(() => undefined);
  }

  private giveUp(answer: HttpAnswer, id: string): void {
    const verdict = verdictOfAnswer(answer, id);
    const why = verdict.kind === 'refused' ? `: ${verdict.refusal.message}` : '';
    this.fault = `the API answers reads with ${verdict.label}${why}`;
  }

  private compare(index: number, body: string): string | undefined {
    const { fields, embedding } = this.records.at(index);
    const read = JSON.parse(body) as { embedding?: { data?: unknown } };
    const vector = read.embedding?.data;
    if (typeof vector !== 'string') return '/embedding: nothing was read';
    return contentDifference(fields, read) ?? vectorDifference(embedding.base64(), vector);
  }
}
