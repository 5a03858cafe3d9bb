import { lstatSync, readdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The owner of the folders below `root`, who attacks whoever works in them as root. */
const [attack = '', root = '', target = '', owner = '{}'] = process.argv.slice(2);
const { uid, gid } = JSON.parse(owner) as { uid: number; gid: number };
const OWN = /^api-keys\.json(\.lock|\.log)?$/;

const attacks: Readonly<Record<string, (folder: string) => void>> = {
  'swap-files': swapFiles,
  'swap-folder': swapFolder,
};

process.once('disconnect', () => process.exit(0));
process.setgid?.(gid);
process.setuid?.(uid);
process.send?.('ready');
repeat(attacks[attack]!);

/** As fast as it can; between a hundred tries it hears whether the test is over. */
function repeat(attackFolder: (folder: string) => void): void {
  const newest = Math.max(
    -1,
    ...readdirSync(root)
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
  for (let tries = 0; newest >= 0 && tries < 100; tries += 1) {
    try {
      attackFolder(join(root, String(newest)));
    } catch {
      // Too late: what it was about is gone.
    }
  }
  setImmediate(repeat, attackFolder);
}

/** Puts a link to the target in the place of every new file in the newest folder. */
function swapFiles(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => !OWN.test(entry))) {
    if (!lstatSync(join(folder, name)).isFile()) continue;
    unlinkSync(join(folder, name));
    symlinkSync(target, join(folder, name));
  }
}

/** Puts a link to the target in the place of the newest folder as soon as somebody works in it. */
function swapFolder(folder: string): void {
  if (lstatSync(folder).isSymbolicLink() || readdirSync(folder).every((entry) => OWN.test(entry))) return;
  renameSync(folder, `${folder}-moved`);
  symlinkSync(target, folder);
}
