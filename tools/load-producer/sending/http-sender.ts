import { STOCK } from '../records/vector-stock';
import type { HttpClient } from './http-client';
import type { HttpRequests } from './http-requests';
import { verdictOfAnswer, verdictOfError, verdictsOfBatch } from './http-verdicts';
import { Sender, type Attempt } from './sender';

/** Posts records to the API. */
export class HttpSender extends Sender {
  constructor(
    private readonly client: HttpClient,
    private readonly requests: HttpRequests,
    private readonly isBatch: boolean,
  ) {
    super();
  }

  async prepare(): Promise<void> {
    for (let index = 0; index < STOCK; index++) await this.requests.of([index]);
  }

  async attempt(indices: readonly number[]): Promise<Attempt> {
    const { path, headers, body, ids } = await this.requests.of(indices);
    try {
      const answer = await this.client.post(path, headers, body);
      const verdicts = this.isBatch ? verdictsOfBatch(answer, ids) : [verdictOfAnswer(answer, ids[0]!)];
      return { verdicts, bytes: body.length };
    } catch (error) {
      return { verdicts: ids.map(() => verdictOfError(error)), bytes: body.length };
    }
  }

  close(): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }
}
