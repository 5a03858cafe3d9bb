import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findNotebookPython } from '../../../tools/notebook/notebook-python';

const NOTEBOOK = resolve(__dirname, '../../colab_producer.ipynb');
const DEMO = resolve(__dirname, '../../../tools/demo');

interface Cell {
  readonly source: readonly string[];
}

jest.setTimeout(300_000);

/** Each prints the kind of weights it got, as its last word. */
const FETCHERS = {
  'the notebook': `device, gpu_info = torch.device('cpu'), None\n${weightsCell()}\nprint(weights.split()[0])`,
  'the demo': `
sys.path.insert(0, ${JSON.stringify(DEMO)})
import embed_photos
print(embed_photos.load_network(torch.device('cpu'), 60)[1].kind)`,
};

describe.each(Object.entries(FETCHERS))('the pretrained weights of %s', (_name, fetcher) => {
  let folder: string;
  let file: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weights-'));
    file = join(folder, 'weights.pth');
    python(`torch.save(torchvision.models.resnet50().state_dict(), ${JSON.stringify(file)})`);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function python(program: string): string {
    const args = ['-c', `import sys, torch, torchvision\n${program}`];
    const env = { PATH: process.env.PATH, TORCH_HOME: folder };
    return execFileSync(findNotebookPython()!, args, {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** The kind of weights that are used when the server has this file under a name with this hash. */
  function kindOf(hash: string): string {
    const named = join(folder, `resnet50-${hash}.pth`);
    renameSync(file, named);
    file = named;
    const url = JSON.stringify(pathToFileURL(named).href);
    const output = python(`torchvision.models.ResNet50_Weights.DEFAULT.value.url = ${url}\n${fetcher}`);
    return output.trimEnd().split('\n').at(-1) ?? '';
  }

  it('are taken when the file has the hash in its name, and refused when it has another', () => {
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 8);
    expect(kindOf(hash)).toMatch(/^pretrained/);
    expect(kindOf('0badc0de')).toMatch(/random/);
  });

  it('are read as data alone, never as a program, by a torch that can tell the two apart', () => {
    const url = JSON.stringify(pathToFileURL(file).href);
    const output = python(`
def newer(url, map_location=None, progress=True, check_hash=False, weights_only=False):
    print('as data' if weights_only else 'as a program')
    raise OSError('not fetched')

torch.hub.load_state_dict_from_url = newer
torchvision.models.ResNet50_Weights.DEFAULT.value.url = ${url}
${fetcher}`);
    expect(output).toMatch(/^as data$/m);
  });
});

/** The cell that makes the network. */
function weightsCell(): string {
  const { cells } = JSON.parse(readFileSync(NOTEBOOK, 'utf8')) as { cells: readonly Cell[] };
  const [cell] = cells
    .map(({ source }) => source.join(''))
    .filter((source) => source.includes('ResNet50_Weights'));
  return cell ?? '';
}
