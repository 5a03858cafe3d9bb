import { join } from 'node:path';
import { pythonEnvironment } from '../stack/programs';
import { ConsoleProgress } from '../stack/progress';
import { stackSettings } from '../stack/stack-settings';
import { fetchedPython } from './fetched-python';
import type { Interpreter } from './interpreters';

/** The Python of an environment with numpy and the tools, made when it is not there yet. Throws StackError. */
export async function pythonTools({ path, version }: Interpreter): Promise<string> {
  const settings = stackSettings();
  const progress = new ConsoleProgress();
  const folder = await pythonEnvironment(
    {
      name: `python-${version}`,
      label: `Fetching tools for Python ${version} (pip)`,
      requirements: join(__dirname, 'requirements.txt'),
      python: path ?? (await fetchedPython(settings, progress)),
    },
    settings,
    progress,
  );
  return join(folder, 'bin', 'python3');
}
