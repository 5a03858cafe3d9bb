/**
 * Takes the pictures of the console in docs/images anew: `make screenshots`. Starts a stack of its own on free
 * ports with a day of records, both apps, and a minute of traffic of several models and devices; touches nothing that runs. The records
 * are the same each time, but for their times; the measured latencies are this machine's.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { testDatabase } from '../../apps/processor-api/test/read-database';
import { startChromium } from '../browser/chromium';
import { startForRun } from '../stack/test/run-stack';
import { temporaryStack } from '../stack/test/temporary-stack';
import { AppProcess, type AppName } from '@libs/testing/app-process';
import { fleetRecords, type FleetRecord } from './fleet';
import { seededRandom } from '../random/seeded-random';
import { storeFleet } from './store-fleet';

const IMAGES = resolve(__dirname, '../../docs/images');
const SEED = 20_261_121;
const EARLIER_RECORDS = 2_000;
const TRAFFIC_SECONDS = 60;

/** High enough for the first of the newest records: each vector adds much to the size of the file. */
const SCREEN = { width: 1120, height: 1566 };
const PHONE = { width: 390, height: 844 };
const PICTURES: readonly (readonly [name: string, options: BrowserContextOptions])[] = [
  ['console-light', { colorScheme: 'light', viewport: SCREEN }],
  ['console-dark', { colorScheme: 'dark', viewport: SCREEN }],
  ['console-phone', { colorScheme: 'light', viewport: PHONE, isMobile: true, hasTouch: true }],
];

async function main(): Promise<void> {
  console.log('Starting a stack of its own …');
  await startForRun(temporaryStack);
  const { uri, name, database } = await testDatabase('console');
  console.log(`Storing ${EARLIER_RECORDS} records of the last day …`);
  await storeFleet(database, fleetRecords(SEED, EARLIER_RECORDS, Date.now()));
  const shared = { KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS, MONGODB_DB: name };
  await startApp('metadata-worker', { ...shared, MONGODB_URI: uri });
  const api = await startApp('processor-api', { ...shared, AUTH_MODE: 'off', READ_MONGODB_URI: uri });
  console.log(`Sending for ${TRAFFIC_SECONDS} s …`);
  await sendFor(TRAFFIC_SECONDS, api.url);
  const browser = await startChromium();
  mkdirSync(IMAGES, { recursive: true });
  for (const [picture, options] of PICTURES) {
    await takePicture(browser, `${api.url}/console`, { name: picture, options });
  }
  await browser.close();
}

/** It ends with this process, whatever way that goes. */
async function startApp(name: AppName, env: NodeJS.ProcessEnv): Promise<AppProcess> {
  const app = await AppProcess.start(name, env);
  process.once('exit', () => {
    app.signal('SIGKILL');
  });
  return app;
}

async function takePicture(
  browser: Browser,
  address: string,
  { name, options }: { readonly name: string; readonly options: BrowserContextOptions },
): Promise<void> {
  const context = await browser.newContext({
    ...options,
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(address);
  await page.locator('#breakdown tbody tr').first().waitFor();
  await page.locator('#newest li').first().waitFor();
  const path = join(IMAGES, `${name}.png`);
  await page.screenshot({ path });
  console.log(`  ${path}`);
  await context.close();
}

/** Sends at a rate that rises and falls, now and then a record that is refused. */
async function sendFor(seconds: number, url: string): Promise<void> {
  const random = seededRandom(SEED);
  const records = fleetRecords(SEED + 1, seconds * 10, Date.now());
  // Amid a second of the clock, so that each second of the chart holds the records of one round.
  const startedAt = Math.ceil(Date.now() / 1_000) * 1_000 + 300;
  for (let second = 0; second < seconds; second += 1) {
    await until(startedAt + second * 1_000);
    const count = Math.round(4 + 2 * Math.sin(second / 7) + 3 * random());
    const capturedAt = new Date().toISOString();
    await sendTogether(
      url,
      records.splice(0, count).map((record) => ({ ...record, capturedAt })),
    );
    if (random() > 0.85) await send(url, '{"model": 42}');
  }
}

async function until(atMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(atMs - Date.now(), 0)));
}

async function sendTogether(url: string, records: readonly FleetRecord[]): Promise<void> {
  const answers = await Promise.all(records.map((record) => send(url, JSON.stringify(record))));
  const refused = answers.find((status) => status !== 202);
  if (refused !== undefined) throw new Error(`the API answered ${refused}`);
}

async function send(url: string, body: string): Promise<number> {
  const answer = await fetch(`${url}/v1/metadata`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
