import type { Command } from 'commander';

type Option = readonly [flags: string, description: string];

/** Each is a variable too: `--api-key-file` is LOAD_API_KEY_FILE. An option on the command line wins. */
const OPTIONS: readonly Option[] = [
  ['--mode <mode>', 'http: to the API; kafka: straight to the topics, inside the network (default: http)'],
  ['--url <url>', 'the API (default: http://127.0.0.1:8000)'],
  ['--api-key-file <file>', 'a file that holds the API key; or set API_KEY. Never on the command line'],
  ['--topic <topic>', 'gpu-metadata, gpu.metrics.v1 or token.usage.v1 (default: gpu-metadata)'],
  ['--rate <n>', 'records a second (default: 100)'],
  ['--duration <time>', 'how long records arrive, such as 30s, 5m, 1h30m'],
  ['--count <n>', 'how many records arrive; without --duration and --count: until SIGTERM or SIGINT'],
  ['--dimension <n>', 'values of an embedding (default: 2048)'],
  ['--encoding <form>', 'json: numbers; packed: base64 of float32; msgpack (default: packed)'],
  ['--compress <coding>', 'none, gzip or zstd, of bodies in http mode (default: none)'],
  ['--batch <n>', 'records in one request, as NDJSON; in one produce request in kafka mode (default: 1)'],
  ['--linger <time>', 'how long a record waits for its batch to fill (default: 200ms)'],
  ['--connections <n>', 'requests under way at a time (default: 16)'],
  ['--max-waiting <n>', 'records that may wait for a connection; more are never sent (default: 10000)'],
  ['--timeout <time>', 'how long an answer is waited for (default: 35s)'],
  ['--retry-for <time>', 'how long a record is tried (default: 60s)'],
  ['--grace <time>', 'after SIGTERM: how long requests under way may take (default: 20s)'],
  ['--seed <n>', 'of the content: the same records for the same seed, under new ids (default: 1)'],
  ['--verify [where]', 'read back and compare; api or topic (default: what fits, see below)'],
  ['--verify-wait <time>', 'how long no further record may turn up before it is missing (default: 60s)'],
  ['--ceiling [when]', "measure the producer's own ceiling: only, or first and then run (default: only)"],
  ['--json <file>', 'write the summary there as well'],
];

/** What an option without its value means. */
const WITHOUT_VALUE: Readonly<Record<string, string>> = { LOAD_VERIFY: 'auto', LOAD_CEILING: 'only' };

export function addOptions(command: Command): Command {
  for (const [flags, description] of OPTIONS) command.option(flags, description);
  return command;
}

/** The variables that the options given stand for. */
export function toVariables(options: Readonly<Record<string, string | true>>): Record<string, string> {
  const entries = Object.entries(options).map(([name, value]) => {
    const variable = variableOf(name);
    return [variable, value === true ? (WITHOUT_VALUE[variable] ?? 'true') : value] as const;
  });
  return Object.fromEntries(entries);
}

/** Names a variable's option as well, so that whoever typed either finds it. */
export function namingOption(fault: string): string {
  return fault.replace(/^LOAD_([A-Z_]+):/, (variable, name: string) => {
    return `--${name.toLowerCase().replaceAll('_', '-')} (${variable.slice(0, -1)}):`;
  });
}

function variableOf(name: string): string {
  return `LOAD_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
