import { spawnSync } from 'node:child_process';
import { chromium as driver, type Browser } from 'playwright-core';

/** Debian's first, then what other systems call it. */
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const START_WITHIN_MS = 30_000;

/** The Chromium on the PATH, if there is one. */
export function findChromium(): string | undefined {
  return PROGRAMS.find(
    (program) =>
      spawnSync(program, ['--version'], { stdio: 'ignore', timeout: START_WITHIN_MS }).status === 0,
  );
}

/** Starts it without a window; @throws Error that says how to get it where there is none. */
export async function startChromium(): Promise<Browser> {
  const program = findChromium();
  if (program === undefined) throw new Error('Chromium is missing: run npm run browser, which installs it');
  const { stdout } = spawnSync('which', [program], { encoding: 'utf8' });
  return driver.launch({
    executablePath: stdout.trim(),
    // As root Chromium refuses to start with its sandbox, and nothing but our own page is opened.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    timeout: START_WITHIN_MS,
  });
}
