import type { IndexSet } from '../index-set';
import { counted } from '../report/figures-text';
import { LiveLine } from '../report/live-line';
import type { Verification } from './verification';
import type { Verifier } from './verifier';

/** Verifies what was acknowledged and shows how it goes; undefined where nothing is to be verified. */
export async function readBack(
  verifier: Verifier | undefined,
  acknowledged: IndexSet | undefined,
  signal: AbortSignal,
): Promise<Verification | undefined> {
  if (verifier === undefined || acknowledged === undefined) return undefined;
  const live = new LiveLine(() => `Read back ${counted(verifier.found)} of ${counted(acknowledged.size)}`);
  const startedAtMs = performance.now();
  live.start();
  try {
    const findings = await verifier.verify(acknowledged, signal);
    return { ...findings, seconds: (performance.now() - startedAtMs) / 1_000 };
  } finally {
    live.stop();
    await verifier.close();
  }
}
