import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** One way through each wall: rule → file → what it imports. */
const PLANTED: readonly (readonly [rule: string, file: string, imported: string])[] = [
  ['domain-imports-only-itself', 'libs/domain/src/planted.ts', 'kafkajs'],
  ['contracts-import-domain-only', 'libs/contracts/src/planted.ts', '@nestjs/common'],
  ['vector-index-imports-domain-only', 'libs/vector-index/src/planted.ts', 'mongoose'],
  ['platform-knows-no-app', 'libs/platform/src/planted.ts', '../../../apps/one/src/room'],
  ['apps-do-not-import-each-other', 'apps/two/src/planted.ts', '../../one/src/room'],
  ['adapters-only-through-modules', 'apps/one/src/http/planted.ts', '../adapters/kafka/adapter'],
  ['access-knows-no-http', 'apps/processor-api/src/access/planted.ts', '../http/planted'],
  ['http-knows-no-route', 'apps/processor-api/src/http/planted.ts', '../console/page'],
  ['testing-only-in-tests', 'apps/one/src/tested.ts', '../../../libs/testing/src/planted'],
  ['no-cycles', 'apps/one/src/room.ts', './planted-cycle'],
  ['not-to-unresolvable', 'apps/one/src/lost.ts', './nowhere'],
];

describe('boundaries', () => {
  let house: string;

  beforeAll(() => {
    house = mkdtempSync(join(tmpdir(), 'boundaries-'));
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      cpSync(join(ROOT, file), join(house, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(house, 'node_modules'));
    plant('apps/one/src/adapters/kafka/adapter.ts', 'export type Planted = string;');
    plant(
      'apps/one/src/planted-cycle.ts',
      "import type { Planted } from './room';\nexport type Cycle = Planted;",
    );
    plant('apps/processor-api/src/console/page.ts', 'export type Planted = string;');
    plant('libs/testing/src/planted.ts', 'export type Planted = string;');
    for (const [, file, imported] of PLANTED) {
      const type = imported.startsWith('./planted') ? 'Cycle' : 'Planted';
      plant(file, `import type { ${type} } from '${imported}';\nexport type Planted = ${type};`);
    }
  });

  afterAll(() => {
    rmSync(house, { recursive: true });
  });

  it('are reported with the name of the wall when an import goes through one', () => {
    const depcruise = join(ROOT, 'node_modules', '.bin', 'depcruise');
    const { stdout, status } = spawnSync(depcruise, ['apps', 'libs', '--output-type', 'err'], {
      cwd: house,
      encoding: 'utf8',
    });
    expect(status).not.toBe(0);
    const broken = PLANTED.map(([rule]) => rule).filter((rule) => stdout.includes(`error ${rule}:`));
    expect(broken).toEqual(PLANTED.map(([rule]) => rule));
  }, 60_000);

  function plant(file: string, text: string): void {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), text);
  }
});
