import { AppProcess, eventually } from '@libs/testing/app-process';
import { packedJson } from '@libs/contracts';

const LOAD_MS = 1_800_000;

export interface SearchAnswer {
  readonly items: readonly { readonly eventId: string; readonly score: number }[];
  readonly scanned: number;
  readonly exhaustive: boolean;
}

/** The built API over the bench's database. */
export class SearchingApi {
  private constructor(readonly process: AppProcess) {}

  static async start(env: NodeJS.ProcessEnv): Promise<SearchingApi> {
    const settings = { AUTH_MODE: 'off', LOG_LEVEL: 'warn', READ_TIMEOUT_MS: '60000', ...env };
    return new SearchingApi(await AppProcess.start('processor-api', settings, '/health/live'));
  }

  async find(embedding: Float32Array): Promise<SearchAnswer> {
    const body = JSON.stringify({ embedding: packedJson(embedding), k: 10 });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.process.url}/v1/metadata/search`, { method: 'POST', body, headers });
    if (answer.status !== 200) throw new Error(`search: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as SearchAnswer;
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.process.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  }

  /** Resolves once the index is loaded, which a search starts. */
  async loaded(query: Float32Array): Promise<void> {
    await this.find(query);
    const isLoaded = await eventually(async () => (await this.metric('search_index_loaded')) === 1, LOAD_MS);
    if (!isLoaded) throw new Error('the index was not loaded in half an hour');
  }
}
