import '@libs/platform/require-node';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand, UsageFault } from '@libs/platform';
import { editKeysFile, enterKeysFolder, type KeysEdit } from './access/keys/edit-keys-file';
import { KeyAdministration, KeyRefusal, keyTable } from './access/keys/key-administration';
import { idOf, termsOf, type KeyOptions } from './access/keys/key-options';
import { KeysFileFault, readKeysFile } from './access/keys/keys-file';
import { exposuresOf } from './access/keys/keys-file-exposure';
import { operator, type Operator } from './access/keys/keys-log';
import { keysCommandConfig } from './config';

const USAGE = `Usage: npm run keys -- create --id ID [--quota N/min] [--scopes ingest,read] [--expires WHEN]
       npm run keys -- rotate --id ID [the same options]
       npm run keys -- revoke --id ID
       npm run keys -- list

Makes and ends API keys in the file of API_KEYS_FILE (api-keys.json in STACK_DIR). The file holds hashes alone; a
running API reads it again within a second or two. The file's name with .log tells who changed which key, and when.

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

interface Place {
  readonly file: string;
  readonly by: Operator;
}

type Command = (place: Place, options: KeyOptions) => Promise<void>;

const COMMANDS: Readonly<Record<string, Command>> = {
  create: async (place, given) => {
    const [id, now] = [idOf(given), new Date()];
    const terms = termsOf(given, now);
    const key = await change(place, (keys) => new KeyAdministration(keys, now).create(id, terms));
    say(`created ${id} in ${place.file}; this is shown once:`);
    print(key);
  },
  rotate: async (place, given) => {
    const [id, now] = [idOf(given), new Date()];
    const terms = termsOf(given, now);
    const key = await change(place, (keys) => new KeyAdministration(keys, now).rotate(id, terms));
    say(`a new key for ${id} in ${place.file}; the old one is refused from now on. This is shown once:`);
    print(key);
  },
  revoke: async (place, given) => {
    const id = idOf(onlyWithId(given));
    const outcome = await change(place, (keys) => new KeyAdministration(keys, new Date()).revoke(id));
    say(`${id} ${outcome}`);
  },
  list: async ({ file }, given) => {
    if (onlyWithId(given).id !== undefined) throw new UsageFault('list takes no options');
    const keys = await readKeysFile(file);
    say(keys.length === 0 ? `no keys in ${file}` : `${keys.length} in ${file}`);
    if (keys.length > 0) print(keyTable(keys, new Date()));
  },
};

function change<Result>({ file, by }: Place, edit: KeysEdit<Result>): Promise<Result> {
  enterKeysFolder(dirname(file));
  return editKeysFile(basename(file), edit, by);
}

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
  return error instanceof KeyRefusal || (error instanceof Error && 'syscall' in error);
}

// Neither the keys file nor a folder made for it is anybody else's to read.
process.umask(0o077);
// Let a running change finish: an interrupted one leaves its draft behind, which blocks the next.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

void runCommand(USAGE, options, async ({ positionals: [name = '', ...rest], options: given }) => {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command || rest.length > 0) throw new UsageFault('say one of create, rotate, revoke and list');
  const { keysFile: file, sudoUser } = keysCommandConfig();
  try {
    for (const exposure of await exposuresOf(file)) say(`warning: ${exposure}`);
    await command({ file, by: operator(sudoUser) }, given);
  } catch (error) {
    if (error instanceof KeysFileFault) say(`${file} ${error.message}`);
    else if (isExpected(error)) say(error.message);
    else throw error;
    process.exitCode = 1;
  }
});
