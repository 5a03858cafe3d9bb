import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ChildProgram } from '@libs/testing/child-program';
import { EXECUTE, findNotebookPython } from '../../../tools/notebook/notebook-python';

const NOTEBOOK = resolve(__dirname, '../../colab_producer.ipynb');
const PYTHON = findNotebookPython();
const NOTEBOOK_FAILED = 1;
const KERNEL_DIED = 3;

export interface NotebookSettings {
  /** Where it runs: its journal lies there. */
  readonly folder: string;
  readonly url: string;
  readonly apiKey: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

interface ExecutedNotebook {
  readonly cells: readonly {
    readonly outputs?: readonly {
      readonly text?: string | readonly string[];
      readonly traceback?: readonly string[];
      readonly data?: Readonly<Record<string, unknown>>;
    }[];
  }[];
}

/** The notebook on its way from top to bottom, in a kernel of its own. */
export class NotebookRun extends ChildProgram {
  static readonly failed = NOTEBOOK_FAILED;
  static readonly kernelDied = KERNEL_DIED;

  private constructor(
    child: ChildProcess,
    private readonly executed: string,
  ) {
    super(child);
  }

  static start({ folder, url, apiKey, parameters }: NotebookSettings): NotebookRun {
    if (PYTHON === undefined)
      throw new Error('no Python can run the notebook: run npm run notebook, which says more');
    const executed = join(folder, 'executed.ipynb');
    const given = Object.entries(parameters).flatMap(([name, value]) => [
      '--parameter',
      `${name}=${JSON.stringify(value)}`,
    ]);
    const child = spawn(PYTHON, [EXECUTE, NOTEBOOK, executed, ...given], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, GPU_METADATA_URL: url, GPU_METADATA_API_KEY: apiKey },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new NotebookRun(child, executed);
  }

  /** Ends the kernel as a lost runtime does: at once, and without a word to it. */
  killKernel(): void {
    const pid = /^kernel (\d+)$/m.exec(this.output)?.[1];
    if (pid === undefined) throw new Error(`there is no kernel yet:\n${this.output}`);
    process.kill(Number(pid), 'SIGKILL');
  }

  /** What the notebook showed, as it was written down at the end: its text, and how many pictures. */
  shown(): { readonly text: string; readonly pictures: number } {
    const { cells } = JSON.parse(readFileSync(this.executed, 'utf8')) as ExecutedNotebook;
    const outputs = cells.flatMap(({ outputs = [] }) => outputs);
    const text = outputs.flatMap(({ text = [], traceback = [] }) => [text, traceback].flat()).join('\n');
    return { text, pictures: outputs.filter(({ data }) => data?.['image/png'] !== undefined).length };
  }
}
