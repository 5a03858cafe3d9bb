import { broughtInstead, stackSettings, storageNames } from '../stack/stack-settings';

/** One runner of `make check` or `make test`; the counts come from its report, or are one test for a tool without tests. */
export interface Suite {
  readonly name: string;
  readonly group: 'check' | 'stack' | 'attacks' | 'faults' | 'notebook';
  readonly command: readonly string[];
  /** The command takes `--json --outputFile FILE` and writes its counts there as jest does. */
  readonly writesReport?: true;
}

/** Each worker has a stack of its own, unless the user brings a part of it: then there is one worker. */
const brought = storageNames.some((name) => broughtInstead(name, stackSettings()) !== undefined);
const workers = brought ? '--runInBand' : '--maxWorkers=2';

/** Cheapest first, so that a slip is told within seconds. */
export const SUITES: readonly Suite[] = [
  { name: 'format', group: 'check', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  {
    name: 'boundaries',
    group: 'check',
    command: ['depcruise', 'apps', 'bench', 'libs', 'notebooks', 'tools', '--output-type', 'err'],
  },
  { name: 'types', group: 'check', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  {
    name: 'page types',
    group: 'check',
    command: ['tsc', '--noEmit', '-p', 'apps/processor-api/src/console/page/tsconfig.json'],
  },
  { name: 'dead code', group: 'check', command: ['knip'] },
  { name: 'lint', group: 'check', command: ['eslint', '.'] },
  {
    name: 'unit',
    group: 'check',
    command: ['jest', '--selectProjects', 'unit', '--coverage', '--maxWorkers=100%', '--colors=false'],
    writesReport: true,
  },
  {
    name: 'python',
    group: 'stack',
    command: ['node', '-r', '@swc-node/register', 'tools/python/main.ts'],
    writesReport: true,
  },
  { name: 'browser', group: 'stack', command: ['node', '-r', '@swc-node/register', 'tools/browser/main.ts'] },
  {
    name: 'stack',
    group: 'stack',
    command: ['jest', '--selectProjects', 'stack', workers, '--colors=false'],
    writesReport: true,
  },
  {
    name: 'attacks',
    group: 'attacks',
    command: ['jest', '--selectProjects', 'attacks', '--runInBand', '--colors=false'],
    writesReport: true,
  },
  {
    name: 'faults',
    group: 'faults',
    command: ['jest', '--selectProjects', 'faults', '--maxWorkers=2', '--colors=false'],
    writesReport: true,
  },
  {
    name: 'torch',
    group: 'notebook',
    command: ['node', '-r', '@swc-node/register', 'tools/notebook/main.ts'],
  },
  {
    name: 'notebook',
    group: 'notebook',
    command: ['jest', '--selectProjects', 'notebook', '--runInBand', '--colors=false'],
    writesReport: true,
  },
];
