import type { RawRecord } from '@libs/domain';
import { cut, printable } from '../console/printable-text';

const longestString = 120;
const longestArray = 16;
const longestText = 16 * 1024;
const mostHeaders = 100;

/** One dead letter in full: position, headers, and the value with long data shortened. */
export function letterPage(record: RawRecord): string {
  const { topic, partition, offset } = record.position;
  const headers = Object.entries(record.headers).flatMap(([name, header]) =>
    [header].flat().map((value) => [name, value] as const),
  );
  return [
    `${topic} ${partition}:${offset}, ${record.timestamp.toISOString()}`,
    `key: ${bytesText(record.key)}`,
    'headers:',
    ...headers
      .slice(0, mostHeaders)
      .map(([name, value]) => `  ${printable(cut(name, longestString))}: ${bytesText(value)}`),
    ...(headers.length > mostHeaders ? [`  … (${headers.length} headers)`] : []),
    `value: ${record.value === null ? 'none' : `${record.value.length} bytes`}`,
    ...(record.value === null ? [] : [valueText(record.value)]),
  ].join('\n');
}

function valueText(value: Uint8Array): string {
  const text = utf8(value);
  if (text === undefined) {
    return `no UTF-8, as base64:\n${cut(Buffer.from(value).toString('base64'), longestText)}`;
  }
  try {
    return lines(JSON.stringify(JSON.parse(text), shortened, 2));
  } catch {
    return `no JSON:\n${lines(text)}`;
  }
}

function lines(text: string): string {
  return cut(text, longestText).split('\n').map(printable).join('\n');
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
  const shown = text === undefined ? `base64 ${Buffer.from(bytes).toString('base64')}` : printable(text);
  return cut(shown, longestText);
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
