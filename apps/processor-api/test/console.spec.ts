import { randomUUID } from 'node:crypto';
import { fleetRecords } from '../../../tools/screenshots/fleet';
import type { ConsolePage } from './console-page';
import { ConsoleStage } from './console-stage';

const RECORDS = fleetRecords(7, 30, Date.now() - 1_000);
const SHOWN = 12;
const PHONE = { width: 320, height: 640 };

describe('the console', () => {
  let stage: ConsoleStage;
  let seen: ConsolePage;

  beforeAll(async () => {
    stage = await ConsoleStage.start(RECORDS);
    const bodies = [...RECORDS.map((record) => JSON.stringify(record)), '{'];
    const answers = await Promise.all(bodies.map((body) => stage.submit(body)));
    expect(answers).toEqual([...RECORDS.map(() => 202), 400]);
    seen = await stage.open();
  }, 120_000);
  afterAll(() => stage.stop(), 60_000);

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
      await stage.store([late!]);
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
    const other = await stage.open();
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
    const page = await stage.open(options);
    await page.newestRows.first().waitFor();
    await page.says('breakdown', 'resnet50');
    expect(await page.barriers()).toEqual([]);
    expect(await page.pixelsTooWide()).toBe(0);
    await page.picture(name);
    await page.newestRows.first().getByRole('button', { name: 'More like this' }).click();
    await page.similarRows.first().waitFor();
    await page.newestRows.first().getByRole('button', { name: 'Details' }).click();
    await page.dialog.getByText('gpu.totalMemoryBytes').waitFor();
    expect(await page.barriers('#similar-section, #record')).toEqual([]);
    expect(await page.pixelsTooWide()).toBe(0);
    expect(page.complaints).toEqual([]);
    await page.close();
  });

  it('is dark where the reader wants it dark', async () => {
    const dark = await stage.open({ colorScheme: 'dark' });
    const background = await dark.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const [red = 255] = background.match(/\d+/g)?.map(Number) ?? [];
    expect(red).toBeLessThan(64);
    await dark.close();
  });
});
