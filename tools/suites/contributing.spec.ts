import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** Paths of the tree that CONTRIBUTING.md names in backquotes; names of single files are meant within a folder. */
function namedPaths(): string[] {
  const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const quoted = Array.from(page.matchAll(/`([^`\s]+)`/g), ([, text]) => text!);
  return [...new Set(quoted.filter((text) => /^(apps|bench|docs|libs|notebooks|tools)\//.test(text)))];
}

describe('CONTRIBUTING.md', () => {
  it.each(namedPaths())('names %s, which is there', (path) => {
    expect(globSync(path, { cwd: root })).not.toEqual([]);
  });

  it('names the folders of both apps', () => {
    expect(namedPaths()).toEqual(
      expect.arrayContaining(['apps/processor-api/src/http/', 'apps/metadata-worker/src/consumer/']),
    );
  });
});
