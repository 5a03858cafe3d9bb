import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContext, BrowserContextOptions, Route } from 'playwright-core';
import { startChromium } from '../../../tools/browser/chromium';
import { fleetRecords } from '../../../tools/screenshots/fleet';
import type { AppProcess } from '../../../tools/testing/app-process';
import { newApiKey } from '../src/access/api-key';
import { postTo, startApi } from './api';
import { ConsolePage } from './console-page';
import { storeRecords } from './console-records';
import { KeyFile } from './key-file';
import { testDatabase, type TestDatabase } from './read-database';

const RECORDS = fleetRecords(7, 30, Date.now() - 1_000);
const SHOWN = 12;
const PHONE = { width: 320, height: 640 };

jest.setTimeout(60_000);

describe('the console', () => {
  const keys = new KeyFile();
  const keyToRead = keys.add('console', { scopes: ['read'] });
  const keyToIngest = keys.add('notebook', { scopes: ['ingest'] });
  const keysWithoutGuest = keys.text();
  const keyOfGuest = keys.add('guest', { scopes: ['read'] });
  let stored: TestDatabase;
  let api: AppProcess;
  let browser: Browser;
  let seen: ConsolePage;

  beforeAll(async () => {
    stored = await testDatabase('console');
    [api, browser] = await Promise.all([
      startApi({
        AUTH_MODE: 'required',
        API_KEYS_FILE: keys.path,
        READ_MONGODB_URI: stored.uri,
        MONGODB_DB: stored.name,
        // All the visitors of this spec come from one address, first without a key.
        RATE_LIMIT_FAILURES_PER_MINUTE: '1000',
      }),
      startChromium(),
      storeRecords(stored.database, RECORDS),
    ]);
    const answers = await Promise.all([...RECORDS.map((record) => JSON.stringify(record)), '{'].map(submit));
    expect(answers).toEqual([...RECORDS.map(() => 202), 400]);
    seen = await open();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await api.stop();
    await stored.drop();
    keys.remove();
  }, 60_000);

  async function submit(body: string): Promise<number> {
    return (await postTo(api, '/v1/metadata', body, { 'x-api-key': keyToIngest })).status;
  }

  /** As somebody sees it who has entered the key in this tab before. */
  async function open(options: BrowserContextOptions = {}): Promise<ConsolePage> {
    return ConsolePage.open(await keyHolder(options), api.url);
  }

  async function keyHolder(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    await context.addInitScript(
      `if (location.origin === '${api.url}') sessionStorage.setItem('console.api-key', '${keyToRead}');`,
    );
    return context;
  }

  describe('shows', () => {
    it('the health of the parts, the queue and the dead letters', async () => {
      await seen.says('parts', 'Kafka');
      const tiles = await seen.page.locator('#parts li').allInnerTexts();
      expect(tiles.map((tile) => tile.split('\n').filter(Boolean).slice(0, 2).join(': '))).toEqual([
        'API: Up',
        'Kafka: Up',
        'Database reads: Up',
        'Waiting for Kafka: 0 B',
        expect.stringMatching(/^Dead letters in gpu-metadata\.dlq: (\d+|Unknown)$/),
        expect.stringMatching(/^Dead letters in gpu\.metrics\.v1\.dlq: (\d+|Unknown)$/),
        expect.stringMatching(/^Dead letters in token\.usage\.v1\.dlq: (\d+|Unknown)$/),
      ]);
    });

    it('throughput and latency as lines, in words and as tables', async () => {
      expect(await seen.page.locator('.plot canvas').count()).toBe(2);
      await seen.page.locator('#throughput[aria-label*=" 30 records accepted, 1 refused; "]').waitFor();
      expect(await seen.page.locator('#latency').getAttribute('aria-label')).toMatch(
        /half took [\d.]+ ms or less/,
      );
      await seen.page.getByText('Records a second as a table').click();
      const cells = await seen.page.locator('#throughput-table td:nth-child(2)').allInnerTexts();
      expect(cells.reduce((sum, cell) => sum + Number(cell), 0)).toBe(30);
    });

    it('how many records came of each model and device', async () => {
      await seen.says('breakdown', 'resnet50');
      const rows = await seen.page.locator('#breakdown tbody tr').allInnerTexts();
      const counts = rows.map((row) => Number(/\t(\d+)/.exec(row)?.[1]));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(RECORDS.length);
      const devices = new Set(RECORDS.map(({ model, gpu }) => `${model} ${gpu.deviceName}`));
      expect(rows).toHaveLength(devices.size);
    });

    it('the newest records, each with its vector drawn', async () => {
      await seen.newestRows.first().waitFor();
      expect(await seen.newestRows.count()).toBe(SHOWN);
      const ids = await seen.page
        .locator('#newest li')
        .evaluateAll((rows: { dataset: { eventId: string } }[]) => rows.map((row) => row.dataset.eventId));
      expect(ids).toEqual(
        RECORDS.slice(-SHOWN)
          .reverse()
          .map(({ eventId }) => eventId),
      );
      expect(await seen.page.locator('#newest svg[role=img]').count()).toBe(SHOWN);
      expect(await seen.newestRows.first().getByRole('img').getAttribute('aria-label')).toMatch(
        /^\d+ values from -[\d.]+ to [\d.]+$/,
      );
    });

    it('a record that comes in while it is open', async () => {
      const [late] = fleetRecords(8, 1, Date.now());
      await storeRecords(stored.database, [late!]);
      await seen.page.locator(`#newest li[data-event-id="${late!.eventId}"]`).waitFor();
    });
  });

  it('shows a record with all its fields, and gives the keyboard back where it was', async () => {
    const newest = seen.newestRows.first();
    await newest.getByRole('button', { name: 'Details' }).focus();
    const row = await newest.getAttribute('data-event-id');
    await seen.press('Enter');
    await seen.dialog.getByText('gpu.totalMemoryBytes').waitFor();
    const fields = await seen.dialog.locator('dt').allInnerTexts();
    for (const name of [
      'eventId',
      'model',
      'capturedAt',
      'acceptedAt',
      'embeddingNorm',
      'pipeline.offset',
      'tags',
    ]) {
      expect(fields).toContain(name);
    }
    expect(await seen.dialog.getByText(row!).count()).toBe(1);
    expect(await seen.focused()).toBe('record-close');
    await seen.press('Escape');
    expect(await seen.dialog.count()).toBe(0);
    expect(await seen.focused()).toBe('Details');
  });

  it('finds the records that are like an example', async () => {
    const example = seen.newestRows.filter({ hasText: 'resnet50' }).last();
    const eventId = await example.getAttribute('data-event-id');
    await example.getByRole('button', { name: 'More like this' }).click();
    await seen.similarRows.first().waitFor();
    expect(await seen.focused()).toBe('similar-title');
    const scores = (await seen.page.locator('#similar .score').allInnerTexts()).map((text) =>
      Number(text.slice(6)),
    );
    expect(scores[0]).toBeCloseTo(1, 3);
    expect(scores).toEqual([...scores].sort((one, other) => other - one));
    expect(await seen.similarRows.first().getAttribute('data-event-id')).toBe(eventId);
    expect(await seen.page.locator('#similar svg[role=img]').count()).toBe(scores.length);
    await seen.says('similar-note', 'records were compared');
  });

  it('shows a record by its id, and says what is wrong with one that is none or is not there', async () => {
    const field = seen.page.getByLabel('Event id');
    await field.fill('not-an-id');
    await seen.press('Enter');
    await seen.says('find-fault', 'looks like');
    await field.fill(RECORDS[0]!.eventId.toUpperCase());
    await seen.press('Enter');
    await seen.dialog.getByText(RECORDS[0]!.source.name).waitFor();
    await seen.button('Close').click();
    await field.fill(randomUUID());
    await seen.press('Enter');
    await seen.dialog.getByRole('alert').filter({ hasText: '404 not_found' }).waitFor();
    await seen.press('Escape');
  });

  it('lets the keyboard skip to the content and shows where it is', async () => {
    const other = await open();
    await other.newestRows.first().waitFor();
    await other.press('Tab');
    expect(await other.focused()).toBe('Skip to content');
    await other.press('Enter', 'Tab');
    const outline = 'getComputedStyle(document.activeElement).outlineStyle';
    expect(await other.page.evaluate<string>(outline)).toBe('solid');
    expect(await other.page.evaluate<boolean>('document.activeElement.closest("main") !== null')).toBe(true);
    await other.close();
  });

  it('stops and goes on when asked to', async () => {
    await seen.button('Pause updates').click();
    expect(await seen.button('Pause updates').getAttribute('aria-pressed')).toBe('true');
    await seen.button('Pause updates').click();
    expect(await seen.button('Pause updates').getAttribute('aria-pressed')).toBe('false');
  });

  it('had nothing for the browser to complain about', async () => {
    // The one record that was asked for and is not there.
    const complaints = seen.complaints.filter((text) => !text.includes('status of 404'));
    expect(complaints).toEqual([]);
    expect((await seen.picture('light')).byteLength).toBeGreaterThan(10_000);
  });

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' as const }],
    ['phone', { viewport: PHONE, isMobile: true, hasTouch: true, colorScheme: 'light' as const }],
  ])('has no barrier that axe knows, %s', async (name, options) => {
    const page = await open(options);
    await page.newestRows.first().waitFor();
    await page.says('breakdown', 'resnet50');
    expect(await page.barriers()).toEqual([]);
    expect(await page.pixelsTooWide()).toBe(0);
    await page.picture(name);
    await page.newestRows.first().getByRole('button', { name: 'More like this' }).click();
    await page.similarRows.first().waitFor();
    await page.newestRows.first().getByRole('button', { name: 'Details' }).click();
    await page.dialog.getByText('gpu.totalMemoryBytes').waitFor();
    expect(await page.barriers()).toEqual([]);
    expect(await page.pixelsTooWide()).toBe(0);
    expect(page.complaints).toEqual([]);
    await page.close();
  });

  it('is dark where the reader wants it dark', async () => {
    const dark = await open({ colorScheme: 'dark' });
    const background = await dark.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const [red = 255] = background.match(/\d+/g)?.map(Number) ?? [];
    expect(red).toBeLessThan(64);
    await dark.close();
  });

  describe('with keys', () => {
    /** As somebody sees it who opens it for the first time. */
    async function openFirst(): Promise<ConsolePage> {
      return ConsolePage.open(await browser.newContext({ reducedMotion: 'reduce' }), api.url);
    }

    it('asks for one, keeps it for this tab alone, and forgets it when told', async () => {
      const page = await openFirst();
      await page.keyField.waitFor();
      expect(await page.focused()).toBe('key');
      expect(await page.barriers()).toEqual([]);
      expect(await page.page.locator('#dashboard').isVisible()).toBe(false);

      await page.enterKey(newApiKey());
      await page.says('key-fault', 'does not take this key');
      await page.enterKey(keyToRead);
      await page.newestRows.first().waitFor();

      await page.visit();
      await page.newestRows.first().waitFor();
      expect(page.page.url()).not.toContain(keyToRead);
      const kept =
        '[JSON.stringify(localStorage), document.cookie, document.documentElement.outerHTML].join()';
      expect(await page.page.evaluate<string>(kept)).not.toContain(keyToRead);

      await page.button('Forget key').click();
      await page.keyField.waitFor();
      expect(await page.page.evaluate<string>('JSON.stringify(sessionStorage)')).toBe('{}');
      expect(await page.newestRows.count()).toBe(0);
      await page.visit();
      await page.keyField.waitFor();
      expect(page.complaints.filter((text) => !text.includes('status of 401'))).toEqual([]);
      await page.close();
    });

    it('asks in another tab too, and again when the key is not taken any more', async () => {
      const page = await openFirst();
      await page.enterKey(keyOfGuest);
      await page.newestRows.first().waitFor();
      const other = await ConsolePage.open(page.page.context(), api.url);
      await other.keyField.waitFor();
      keys.replace(keysWithoutGuest);
      await page.page.bringToFront();
      await page.says('key-fault', 'does not take this key');
      expect(await page.newestRows.count()).toBe(0);
      await page.close();
    });

    it('says which scope a key lacks', async () => {
      const page = await openFirst();
      await page.enterKey(keyToIngest);
      await page.says('fault', 'scope read');
      await page.button('Forget key').click();
      await page.keyField.waitFor();
      await page.close();
    });
  });

  describe('where the API', () => {
    /** A page for which the API answers like this, but for its files. */
    async function openWith(answer: (route: Route) => Promise<void>): Promise<ConsolePage> {
      const context = await keyHolder();
      await context.route('**/v1/**', answer);
      return ConsolePage.open(context, api.url);
    }

    function problem(
      status: number,
      code: string,
      headers: Record<string, string> = {},
    ): (route: Route) => Promise<void> {
      return (route) =>
        route.fulfill({
          status,
          headers: { 'content-type': 'application/problem+json', ...headers },
          body: JSON.stringify({ status, code, detail: `detail of ${code}` }),
        });
    }

    it('has enough of it: says that it waits', async () => {
      const page = await openWith(problem(429, 'rate_limited', { 'retry-after': '30' }));
      await page.says('fault', 'waits as long as the API asks for');
      await page.close();
    });

    it('cannot be reached: says so, and that the device is offline where it is', async () => {
      const page = await openWith((route) => route.abort());
      await page.says('fault', 'The API does not answer');
      await page.page.context().setOffline(true);
      await page.says('fault', 'offline');
      await page.close();
    });

    it('has no database to read from: explains, and shows the rest', async () => {
      const page = await openWith((route) =>
        route.request().url().endsWith('/v1/status')
          ? route.continue()
          : problem(501, 'reads_not_configured')(route),
      );
      await page.says('newest', 'READ_MONGODB_URI');
      await page.says('breakdown', 'READ_MONGODB_URI');
      await page.says('parts', 'Kafka');
      expect(await page.page.locator('#fault').isVisible()).toBe(false);
      await page.close();
    });

    it('holds nothing yet: says how to begin', async () => {
      const page = await openWith((route) =>
        route.request().url().endsWith('/v1/status')
          ? route.continue()
          : route.fulfill({ json: { items: [], nextCursor: null } }),
      );
      await page.says('newest', 'No record came in yet');
      await page.says('breakdown', 'No record was captured');
      expect(page.complaints).toEqual([]);
      await page.close();
    });
  });
});
