import '@libs/platform/require-node';
import { Command } from 'commander';
import { positive, runCommand } from './command-line';
import { listLetters, showLetters, type ListOptions, type ShowOptions } from './dlq-command';

const command = new Command('dlq')
  .usage('-- [command] [options]')
  .description('Shows the dead letters of a topic: records that nobody could store. It changes nothing.');

command
  .command('list', { isDefault: true })
  .description('the newest dead letters, and how many there are of each code')
  .option('--topic <name>', 'the topic whose dead letters are meant (default: gpu-metadata)')
  .option('--code <code...>', 'only these codes')
  .option('--limit <n>', 'how many letters are shown', positive, 50)
  .option('--json', 'for programs')
  .action((options: ListOptions) => listLetters(options));

command
  .command('show')
  .description('a dead letter with its headers and its value; by key: all of that key')
  .argument('<letter>', 'PARTITION:OFFSET as the list shows it, or an event id')
  .option('--topic <name>', 'the topic whose dead letters are meant (default: gpu-metadata)')
  .option('--raw', "the value's bytes alone")
  .action((letter: string, options: ShowOptions) => showLetters(letter, options));

command.addHelpText(
  'after',
  `
Examples:
  npm run dlq -- list --code invalid_record --limit 10
  npm run dlq -- show 0:42
  npm run -s dlq -- show 0:42 --raw > value.json
  npm run dlq -- show 0198f0c0-0000-7000-8000-000000000001

npm run replay -- --dlq --dry-run shows what a replay would bring back.`,
);

void runCommand(command);
