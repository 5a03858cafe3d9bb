import type { Route } from 'playwright-core';
import { fleetRecords } from '../../../tools/screenshots/fleet';
import { newApiKey } from '../src/access/api-key';
import type { ConsolePage } from './console-page';
import { ConsoleStage } from './console-stage';

describe('the console', () => {
  let stage: ConsoleStage;

  beforeAll(async () => {
    stage = await ConsoleStage.start(fleetRecords(7, 3, Date.now() - 1_000));
  }, 120_000);
  afterAll(() => stage.stop(), 60_000);

  describe('with keys', () => {
    it('asks for one, keeps it for this tab alone, and forgets it when told', async () => {
      const page = await stage.openFirst();
      await page.keyField.waitFor();
      expect(await page.focused()).toBe('key');
      expect(await page.barriers()).toEqual([]);
      expect(await page.page.locator('#dashboard').isVisible()).toBe(false);

      await page.enterKey(newApiKey());
      await page.says('key-fault', 'does not take this key');
      await page.enterKey(stage.keyToRead);
      await page.newestRows.first().waitFor();

      await page.visit();
      await page.newestRows.first().waitFor();
      expect(page.page.url()).not.toContain(stage.keyToRead);
      const kept =
        '[JSON.stringify(localStorage), document.cookie, document.documentElement.outerHTML].join()';
      expect(await page.page.evaluate<string>(kept)).not.toContain(stage.keyToRead);

      await page.button('Forget key').click();
      await page.keyField.waitFor();
      expect(await page.page.evaluate<string>('JSON.stringify(sessionStorage)')).toBe('{}');
      expect(await page.newestRows.count()).toBe(0);
      await page.visit();
      await page.keyField.waitFor();
      expect(page.complaints.filter((text) => !text.includes('status of 401'))).toEqual([]);
      await page.close();
    });

    it('says which scope a key lacks', async () => {
      const page = await stage.openFirst();
      await page.enterKey(stage.keyToIngest);
      await page.says('fault', 'scope read');
      await page.button('Forget key').click();
      await page.keyField.waitFor();
      await page.close();
    });
  });

  describe('where the API', () => {
    /** A page for which the API answers like this, but for its files. */
    async function openWith(answer: (route: Route) => Promise<void>): Promise<ConsolePage> {
      const context = await stage.keyHolder();
      await context.route('**/v1/**', answer);
      return stage.visit(context);
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

  it('asks for a key in another tab too, and again when it is not taken any more', async () => {
    const page = await stage.openFirst();
    await page.enterKey(stage.keyToRead);
    await page.newestRows.first().waitFor();
    const other = await stage.visit(page.page.context());
    await other.keyField.waitFor();
    stage.withdrawKeys();
    await page.page.bringToFront();
    await page.says('key-fault', 'does not take this key');
    expect(await page.newestRows.count()).toBe(0);
    await page.close();
  });
});
