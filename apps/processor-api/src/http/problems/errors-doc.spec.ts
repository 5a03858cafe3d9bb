import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CATALOGUE, VIOLATION_CATALOGUE } from '@libs/domain';
import { errorsDoc } from './errors-doc';

describe('docs/errors.md', () => {
  const page = readFileSync(join(__dirname, '../../../../../docs/errors.md'), 'utf8');

  it('is what npm run errors-doc writes', () => {
    expect(page).toBe(errorsDoc());
  });

  it('names every code once', () => {
    for (const code of [...Object.keys(ERROR_CATALOGUE), ...Object.keys(VIOLATION_CATALOGUE)]) {
      expect(page.split(`\n| \`${code}\` |`)).toHaveLength(2);
    }
  });
});
