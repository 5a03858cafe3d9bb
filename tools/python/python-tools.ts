import { join } from 'node:path';
import { pythonEnvironment } from '../stack/programs';
import { ConsoleProgress } from '../stack/progress';
import { stackSettings } from '../stack/stack-settings';
import type { Interpreter } from './interpreters';

/** The Python of an environment with numpy and the tools, made when it is not there yet. Throws StackError. */
export async function pythonTools({ path, version }: Interpreter): Promise<string> {
  const folder = await pythonEnvironment(
    {
      name: `python-${version}`,
      label: `Fetching tools for Python ${version} (pip)`,
      requirements: join(__dirname, 'requirements.txt'),
      python: path,
    },
    stackSettings(),
    new ConsoleProgress(),
  );
  return join(folder, 'bin', 'python3');
}
