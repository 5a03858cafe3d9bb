import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoConfig } from './config';
import { parsePhotoRecords, type PhotoRecord } from './photo-record';
import { findTorchPython, SCRIPT, TORCH_PACKAGES } from './torch-python';

const SAMPLE = join(__dirname, 'sample.ndjson');
const EMBED_TIMEOUT_MS = 300_000;

/** Records of real photographs: computed here where torch is at hand, else the committed sample. */
export function gatherPhotoRecords(config: DemoConfig): PhotoRecord[] {
  const python = findTorchPython() ?? (config.mayInstall ? installedPython() : undefined);
  if (python !== undefined) {
    const computed = computeRecords(python, config.photoCount);
    if (computed !== undefined) return computed;
    console.log('   The computation failed (its output is above).');
  } else if (!config.mayInstall) {
    console.log('   No Python here has torch, torchvision and skimage. To compute the embeddings on this');
    console.log(`   machine: ${TORCH_PACKAGES.command}`);
    console.log('   or let the demo do that: DEMO_INSTALL=yes make demo');
  }
  return sampleRecords();
}

function installedPython(): string | undefined {
  if (!TORCH_PACKAGES.canInstall()) {
    console.log('   DEMO_INSTALL=yes needs apt-get, and root or sudo: not so here.');
    return undefined;
  }
  console.log("   Installing Debian's torch (about a minute):");
  if (!TORCH_PACKAGES.install('inherit').installed) {
    console.log('   apt-get failed (its output is above).');
  }
  return findTorchPython();
}

function computeRecords(python: string, photoCount: number): PhotoRecord[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'demo-photos-'));
  const output = join(folder, 'photos.ndjson');
  try {
    console.log(`   ${python} tools/demo/embed_photos.py --limit ${photoCount}`);
    const script = [SCRIPT, '--output', output, '--limit', String(photoCount)];
    const run = spawnSync(python, script, {
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: EMBED_TIMEOUT_MS,
    });
    return run.status === 0 ? parsePhotoRecords(readFileSync(output, 'utf8')) : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sampleRecords(): PhotoRecord[] {
  console.log(
    '   Sending the committed sample instead: tools/demo/sample.ndjson, made by the same script on',
  );
  console.log("   Debian 12 with Debian's torch 1.13 on a CPU (see the script's docstring).");
  return parsePhotoRecords(readFileSync(SAMPLE, 'utf8'));
}
