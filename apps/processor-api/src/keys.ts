import '@libs/platform/require-node';
import { parseArgs } from 'node:util';
import { ConfigurationFault, runCommand, UsageFault } from '@libs/platform';
import { editKeysFile } from './access/edit-keys-file';
import { KeyAdministration, KeyRefusal } from './access/key-administration';
import { idOf, termsOf, type KeyOptions } from './access/key-options';
import { keyTable } from './access/key-table';
import { KeysFileFault, readKeysFileSync } from './access/keys-file';
import { readKeysFilePath } from './config';

const USAGE = `Usage: npm run keys -- create --id ID [--quota N/min] [--scopes ingest,read] [--expires WHEN]
       npm run keys -- rotate --id ID [the same options]
       npm run keys -- revoke --id ID
       npm run keys -- list

Makes and ends API keys in the file of API_KEYS_FILE (api-keys.json in STACK_DIR). The file holds hashes alone; a
running API reads it again within a second or two.

  create   a new key under a new id; the key is the last line of the output, and is shown this once
  rotate   a new key for an id, which keeps its documents; the old key is refused from then on. Options given change
           what the key may do
  revoke   the key of an id is refused from then on; the id stays, and rotate brings it back
  list     every id: state, scopes, quota and times

  --id ID         1 to 64 letters, digits, dots, underscores or hyphens: who the key is for. It is written into each
                  record, and is no secret
  --quota N/min   records and requests a minute, for each replica of the API (its RATE_LIMIT_PER_MINUTE)
  --scopes LIST   ingest, read or both (both)
  --expires WHEN  2027-06-30, 2027-06-30T12:00:00Z, 12h, 30d, 8w or never (never)

Exit code: 0 done, 1 failed or refused, 2 wrong options.
`;
const text = { type: 'string' } as const;
const options = (): Given => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { id: text, quota: text, scopes: text, expires: text },
  });
  return { positionals, options: values };
};

interface Given {
  readonly positionals: readonly string[];
  readonly options: KeyOptions;
}

type Command = (file: string, options: KeyOptions) => void;

const COMMANDS: Readonly<Record<string, Command>> = {
  create: (file, given) => {
    const [id, now] = [idOf(given), new Date()];
    const terms = termsOf(given, now);
    const key = editKeysFile(file, (keys) => new KeyAdministration(keys, now).create(id, terms));
    say(`created ${id} in ${file}; this is shown once:`);
    print(key);
  },
  rotate: (file, given) => {
    const [id, now] = [idOf(given), new Date()];
    const terms = termsOf(given, now);
    const key = editKeysFile(file, (keys) => new KeyAdministration(keys, now).rotate(id, terms));
    say(`a new key for ${id} in ${file}; the old one is refused from now on. This is shown once:`);
    print(key);
  },
  revoke: (file, given) => {
    const id = idOf(onlyWithId(given));
    const outcome = editKeysFile(file, (keys) => new KeyAdministration(keys, new Date()).revoke(id));
    say(`${id} ${outcome}`);
  },
  list: (file, given) => {
    if (onlyWithId(given).id !== undefined) throw new UsageFault('list takes no options');
    const keys = readKeysFileSync(file);
    say(keys.length === 0 ? `no keys in ${file}` : `${keys.length} in ${file}`);
    if (keys.length > 0) print(keyTable(keys, new Date()));
  },
};

/** @throws UsageFault */
function onlyWithId({ id, ...others }: KeyOptions): KeyOptions {
  if (Object.keys(others).length > 0) throw new UsageFault('this command takes --id alone');
  return { id };
}

/** For people; standard output carries the answer alone. */
function say(line: string): void {
  process.stderr.write(`keys: ${line}\n`);
}

function print(answer: string): void {
  process.stdout.write(`${answer}\n`);
}

function isExpected(error: unknown): error is Error {
  const isSystemError = error instanceof Error && 'syscall' in error;
  return isSystemError || error instanceof KeyRefusal || error instanceof ConfigurationFault;
}

// Neither the keys file nor the lock beside it is anybody else's to read.
process.umask(0o077);

void runCommand(USAGE, options, ({ positionals: [name = '', ...rest], options: given }) => {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command || rest.length > 0) throw new UsageFault('say one of create, rotate, revoke and list');
  try {
    command(readKeysFilePath(), given);
  } catch (error) {
    if (error instanceof KeysFileFault) say(`${readKeysFilePath()} ${error.message}`);
    else if (isExpected(error)) say(error.message);
    else throw error;
    process.exitCode = 1;
  }
  return Promise.resolve();
});
