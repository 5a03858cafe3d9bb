import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../../../tools/browser/chromium';
import type { AppProcess } from '@libs/testing/app-process';
import { ROUTES } from '../src/openapi/document';
import { startApi } from './api';
import { complaintsOf } from './console-page';

/** An API that needs no Kafka to show its documentation. */
const ALONE = { KAFKA_BROKERS: '127.0.0.1:1' };
const PATHS = ['/docs', '/docs/', '/docs/start.js', '/docs/swagger-ui-bundle.js', '/openapi.json'];

describe('the documentation', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi(ALONE, '/health/live');
  });
  afterAll(() => api.stop());

  it.each(PATHS)('%s lets no script of elsewhere run, and no other site show it', async (path) => {
    const answer = await fetch(api.url + path);
    expect(answer.status).toBe(200);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy).not.toContain('unsafe');
  });

  describe('in a browser', () => {
    let browser: Browser;
    let page: Page;
    let complaints: readonly string[];

    beforeAll(async () => {
      browser = await startChromium();
      page = await browser.newPage();
      complaints = complaintsOf(page);
      await page.goto(`${api.url}/docs`);
      await page.locator('.opblock').first().waitFor();
    });
    afterAll(() => browser.close());

    it('shows every route, and what is in one', async () => {
      const shown = await page.locator('.opblock-summary-path').allInnerTexts();
      // Long paths may break between their parts.
      expect(shown.map((path) => path.replaceAll('\u200b', '')).sort()).toEqual(
        ROUTES.map(({ path }) => path).sort(),
      );
      await page.locator('#operations-write-acceptMetadata .opblock-summary-control').click();
      await page.locator('#operations-write-acceptMetadata').getByText('Idempotency-Key').first().waitFor();
    });

    it('asks the API that it came from, and shows the answer', async () => {
      const live = page.locator('#operations-operation-live');
      await live.locator('.opblock-summary-control').click();
      await live.getByRole('button', { name: 'Try it out' }).click();
      await live.getByRole('button', { name: 'Execute' }).click();
      await live.locator('.live-responses-table .response-col_status').filter({ hasText: '200' }).waitFor();
    });

    it('takes a key', async () => {
      await page.getByRole('button', { name: 'Authorize' }).first().click();
      await page.locator('.modal-ux input').first().fill('gmk_of_nobody');
      await page.locator('.modal-ux').getByRole('button', { name: 'Apply credentials' }).first().click();
      await page.locator('.modal-ux').getByRole('button', { name: 'Remove authorization' }).first().waitFor();
    });

    it('had nothing for the browser to complain about', () => {
      expect(complaints).toEqual([]);
    });
  });
});

describe('with DOCS_ENABLED=false', () => {
  it('there is no documentation, and the console all the same', async () => {
    const api = await startApi({ ...ALONE, DOCS_ENABLED: 'false' }, '/health/live');
    try {
      for (const path of PATHS) expect([path, await api.status(path)]).toEqual([path, 404]);
      expect(await api.status('/console')).toBe(200);
    } finally {
      await api.stop();
    }
  });
});
