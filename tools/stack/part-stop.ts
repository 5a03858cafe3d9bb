import type { Part } from './part';
import type { Progress } from './progress';
import type { StackSettings } from './stack-settings';

const storageGraceMs = 60_000;
const marginMs = 5000;

/** Ends the apps, then what they write to: nothing that was accepted loses its broker or database too early. */
export async function stopParts(
  parts: readonly Part[],
  settings: StackSettings,
  progress: Progress,
): Promise<void> {
  const isApp = ({ name }: Part): boolean => name === 'processor-api' || name === 'metadata-worker';
  const appGraceMs = settings.shutdownGraceMs + marginMs;
  await Promise.all(parts.filter(isApp).map((part) => stopPart(part, appGraceMs, progress)));
  await Promise.all(
    parts.filter((part) => !isApp(part)).map((part) => stopPart(part, storageGraceMs, progress)),
  );
}

async function stopPart(part: Part, graceMs: number, progress: Progress): Promise<void> {
  const pid = part.pid();
  if (pid === undefined) return;
  await progress.step(`${part.name} (pid ${pid}) ended`, async (tell) => {
    tell(`waiting up to ${Math.ceil(graceMs / 1000)} s`);
    part.kill('SIGTERM');
    if (await part.ended(graceMs)) return;
    progress.note(
      `  ${part.name} (pid ${pid}) did not end within ${Math.ceil(graceMs / 1000)} s: killing it`,
    );
    part.kill('SIGKILL');
    await part.ended(marginMs);
  });
}
