import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { startChromium } from '../../../tools/browser/chromium';
import type { FleetRecord } from '../../../tools/screenshots/fleet';
import { storeFleet } from '../../../tools/screenshots/store-fleet';
import type { AppProcess } from '@libs/testing/app-process';
import { postTo, startApi } from './api';
import { ConsolePage } from './console-page';
import { KeyFile } from '@libs/testing/key-file';
import { testDatabase, type TestDatabase } from './read-database';

interface Parts {
  readonly keys: KeyFile;
  readonly stored: TestDatabase;
  readonly api: AppProcess;
  readonly browser: Browser;
}

/** The API with keys and a database of its own, and a browser to look at its console. */
export class ConsoleStage {
  private constructor(
    private readonly parts: Parts,
    readonly keyToRead: string,
    readonly keyToIngest: string,
  ) {}

  static async start(records: readonly FleetRecord[]): Promise<ConsoleStage> {
    const keys = new KeyFile();
    const keyToRead = keys.add('console', { scopes: ['read'] });
    const keyToIngest = keys.add('notebook', { scopes: ['ingest'] });
    const stored = await testDatabase('console');
    const [api, browser] = await Promise.all([
      startApi({
        AUTH_MODE: 'required',
        API_KEYS_FILE: keys.path,
        READ_MONGODB_URI: stored.uri,
        MONGODB_DB: stored.name,
        READ_TIMEOUT_MS: '60000',
        // All visitors come from one address, first without a key.
        RATE_LIMIT_FAILURES_PER_MINUTE: '1000',
      }),
      startChromium(),
      storeFleet(stored.database, records),
    ]);
    return new ConsoleStage({ keys, stored, api, browser }, keyToRead, keyToIngest);
  }

  async stop(): Promise<void> {
    const { browser, api, stored, keys } = this.parts;
    await browser.close();
    await api.stop();
    await stored.drop();
    keys.remove();
  }

  /** As the worker does with what came in. */
  async store(records: readonly FleetRecord[]): Promise<void> {
    await storeFleet(this.parts.stored.database, records);
  }

  /** Resolves to the status of the answer. */
  async submit(body: string): Promise<number> {
    return (await postTo(this.parts.api, '/v1/metadata', body, { 'x-api-key': this.keyToIngest })).status;
  }

  /** Within a second no key is taken any more. */
  withdrawKeys(): void {
    this.parts.keys.replace('{"version":1,"keys":[]}');
  }

  /** The console as somebody sees it who opens it for the first time. */
  async openFirst(): Promise<ConsolePage> {
    return this.visit(await this.newContext());
  }

  /** The console as somebody sees it who has entered the key in this tab before. */
  async open(options: BrowserContextOptions = {}): Promise<ConsolePage> {
    return this.visit(await this.keyHolder(options));
  }

  async keyHolder(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.newContext(options);
    const origin = JSON.stringify(this.parts.api.url);
    await context.addInitScript(
      `if (location.origin === ${origin}) sessionStorage.setItem('console.api-key', '${this.keyToRead}');`,
    );
    return context;
  }

  visit(context: BrowserContext): Promise<ConsolePage> {
    return ConsolePage.open(context, this.parts.api.url);
  }

  private newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    return this.parts.browser.newContext({ reducedMotion: 'reduce', ...options });
  }
}
