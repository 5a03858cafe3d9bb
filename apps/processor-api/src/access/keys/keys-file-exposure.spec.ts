import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exposuresOf } from './keys-file-exposure';

describe(exposuresOf.name, () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'exposure-'));
    path = join(folder, 'api-keys.json');
    writeFileSync(path, '', { mode: 0o600 });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([0o700, 0o755])(
    'finds none in a folder of mode %o that only its owner may write to',
    async (mode) => {
      chmodSync(folder, mode);
      expect(await exposuresOf(path)).toEqual([]);
    },
  );

  it.each([
    [0o620, '0620'],
    [0o602, '0602'],
  ])('finds a file of mode %o', async (mode, shown) => {
    chmodSync(path, mode);
    expect(await exposuresOf(path)).toEqual([`others may write ${path} (mode ${shown}): chmod go-w ${path}`]);
  });

  it.each([
    [0o720, '0720'],
    [0o702, '0702'],
    [0o2775, '2775'],
  ])('finds a folder of mode %o, also before there is a file', async (mode, shown) => {
    rmSync(path);
    chmodSync(folder, mode);
    const exposure = `others may write ${folder} (mode ${shown}): chmod go-w ${folder}`;
    expect(await exposuresOf(path)).toEqual([exposure]);
  });

  it('finds a sticky folder, in which others may plant files', async () => {
    chmodSync(folder, 0o1777);
    expect(await exposuresOf(path)).toEqual([
      `others may make files in ${folder} (mode 1777): keep the keys file in a folder of its own`,
    ]);
  });

  it('looks at the folder of a link and at that of the file it leads to', async () => {
    const [linked, target] = [join(folder, 'linked'), join(folder, 'target')];
    for (const each of [linked, target]) {
      mkdirSync(each);
      chmodSync(each, 0o777);
    }
    writeFileSync(join(target, 'keys'), '');
    symlinkSync(join('..', 'target', 'keys'), join(linked, 'keys'));
    expect(await exposuresOf(join(linked, 'keys'))).toEqual([
      expect.stringContaining(target),
      expect.stringContaining(linked),
    ]);
  });

  it('finds none where there is no folder yet', async () => {
    expect(await exposuresOf(join(folder, 'missing', 'keys'))).toEqual([]);
  });
});
