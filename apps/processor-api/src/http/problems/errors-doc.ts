import { ERROR_CATALOGUE, VIOLATION_CATALOGUE, type ErrorCode } from '@libs/domain';
import { HTTP_STATUS } from './problem';

const INTRODUCTION = `Every refusal of the API is \`application/problem+json\` (RFC 9457) with one of these codes as \`code\`; a record
that cannot be stored carries one as \`dlq-code\` on the dead-letter topic. Branch on the code, never on a text.
Retriable means that the same request or record, unchanged, may succeed later. Codes without an HTTP status are
the worker's. \`npm run errors-doc\` writes this page from the source.`;

/** docs/errors.md: every code with its HTTP status, and the codes of single fields, as Markdown. */
export function errorsDoc(): string {
  const errors = Object.entries(ERROR_CATALOGUE).map(([code, { retriable, meaning }]) => [
    `\`${code}\``,
    String(HTTP_STATUS[code as ErrorCode] ?? '–'),
    retriable ? 'yes' : 'no',
    meaning,
  ]);
  const fields = Object.entries(VIOLATION_CATALOGUE).map(([code, meaning]) => [`\`${code}\``, meaning]);
  return [
    '# Error codes',
    INTRODUCTION,
    table(['Code', 'HTTP status', 'Retriable', 'Meaning'], errors),
    '## Codes of single fields',
    'An `invalid_metadata` answer lists each fault under `errors` with the JSON pointer of its field and one of these.',
    `${table(['Code', 'Meaning'], fields)}\n`,
  ].join('\n\n');
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
