import type { RawRecord } from '@libs/domain';
import { cut, printable } from '../console/printable-text';

const longestString = 120;
const longestArray = 16;

/** One dead letter in full: position, headers, and the value with long data shortened. */
export function letterPage(record: RawRecord): string {
  const { topic, partition, offset } = record.position;
  const headers = Object.entries<unknown>(record.headers).flatMap(([name, header]) =>
    [header].flat().map((value) => `  ${printable(name)}: ${bytesText(value as Uint8Array | null)}`),
  );
  return [
    `${topic} ${partition}:${offset}, ${record.timestamp.toISOString()}`,
    `key: ${bytesText(record.key)}`,
    'headers:',
    ...headers,
    `value: ${record.value === null ? 'none' : `${record.value.length} bytes`}`,
    ...(record.value === null ? [] : [valueText(record.value)]),
  ].join('\n');
}

function valueText(value: Uint8Array): string {
  const text = utf8(value);
  if (text === undefined) return `no UTF-8, as base64:\n${Buffer.from(value).toString('base64')}`;
  try {
    return JSON.stringify(JSON.parse(text), shortened, 2).split('\n').map(printable).join('\n');
  } catch {
    return `no JSON:\n${text.split('\n').map(printable).join('\n')}`;
  }
}

function shortened(_: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > longestString) {
    return `${cut(value, longestString)} (${value.length} characters)`;
  }
  if (Array.isArray(value) && value.length > longestArray) {
    return [...(value.slice(0, longestArray) as unknown[]), `… (${value.length} items)`];
  }
  return value;
}

function bytesText(bytes: Uint8Array | null): string {
  if (bytes === null) return 'none';
  const text = utf8(bytes);
  return text === undefined ? `base64 ${Buffer.from(bytes).toString('base64')}` : printable(text);
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
