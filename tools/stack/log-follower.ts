import { setTimeout as sleep } from 'node:timers/promises';
import { statSync } from 'node:fs';
import { lastLines, readFrom } from './log-file';
import { Part } from './part';
import { partNames, type StackSettings } from './stack-settings';

const pollMs = 300;
const nameWidth = Math.max(...partNames.map((name) => name.length));

/** Prints the last lines of each part's log. */
export function showLogs(settings: StackSettings): void {
  for (const part of parts(settings)) print(part, lastLines(part.logFile, 20));
}

/** Prints the logs as they grow, also across a part's restart; returns only when the process is ended. */
export async function followLogs(settings: StackSettings): Promise<never> {
  const followed = parts(settings).map((part) => {
    const next = statSync(part.logFile, { throwIfNoEntry: false })?.size ?? 0;
    print(part, lastLines(part.logFile, 10));
    return { part, next, rest: '' };
  });
  for (;;) {
    for (const entry of followed) {
      const { text, next } = readFrom(entry.part.logFile, entry.next);
      const lines = (entry.rest + text).split('\n');
      entry.next = next;
      entry.rest = lines.pop() ?? '';
      print(entry.part, lines);
    }
    await sleep(pollMs);
  }
}

function parts(settings: StackSettings): Part[] {
  return partNames.map((name) => new Part(name, settings.stackDir));
}

function print(part: Part, lines: readonly string[]): void {
  for (const line of lines) console.log(`${part.name.padEnd(nameWidth)} | ${line}`);
}
