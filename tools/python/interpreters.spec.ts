import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StackError } from '../stack/stack-error';
import { findInterpreters } from './interpreters';

describe(findInterpreters.name, () => {
  let folder: string;
  /** Makes programs that answer as a Python does which is asked for its version. */
  const install = (pythons: Readonly<Record<string, string>>): NodeJS.ProcessEnv => {
    for (const [path, answer] of Object.entries(pythons)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
    }
    return { PATH: join(folder, 'bin'), PYENV_ROOT: join(folder, 'pyenv') };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pythons-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds the oldest and the newest, on the PATH and with pyenv', () => {
    const env = install({
      'bin/python3.9': 'echo 3.9',
      'bin/python3.11': 'echo 3.11',
      'pyenv/versions/3.13.0/bin/python3': 'echo 3.13',
    });
    expect(findInterpreters(env)).toEqual([
      { path: join(folder, 'bin/python3.9'), version: '3.9' },
      { path: join(folder, 'pyenv/versions/3.13.0/bin/python3'), version: '3.13' },
    ]);
  });

  it('passes over names that refuse to run', () => {
    const env = install({
      'bin/python3.9': 'echo "pyenv: python3.9: command not found" >&2; exit 127',
      'pyenv/versions/3.9.20/bin/python3': 'echo 3.9',
    });
    const only = { path: join(folder, 'pyenv/versions/3.9.20/bin/python3'), version: '3.9' };
    expect(findInterpreters(env)).toEqual([only, only]);
  });

  it('leaves the oldest to be fetched where it is missing', () => {
    const env = install({ 'bin/python3.13': 'echo 3.13' });
    expect(findInterpreters(env)).toEqual([
      { path: undefined, version: '3.9' },
      { path: join(folder, 'bin/python3.13'), version: '3.13' },
    ]);
  });

  it('says how to get one where there is none at all', () => {
    expect(() => findInterpreters(install({ 'bin/python3.8': 'echo 3.8' }))).toThrow(StackError);
  });
});
