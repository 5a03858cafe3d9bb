import { letterPage } from './letter-page';
import { letterHeaders, sampleRecord } from './testing/sample-record';

const pageOf = (value: string | Buffer | null): string =>
  letterPage(sampleRecord({ value: value === null ? null : Buffer.from(value) }));

describe(letterPage.name, () => {
  it('shows position, time, key and headers', () => {
    const page = letterPage(
      sampleRecord({ at: 't.dlq:0:4', headers: letterHeaders('t:1:2', 'tombstone'), value: null }),
    );
    expect(page).toContain('t.dlq 0:4, 2026-11-21T05:00:00.000Z\nkey: k\nheaders:\n  dlq-code: tombstone\n');
    expect(page).toMatch(/value: none$/);
  });

  it('shows JSON with its long data cut', () => {
    const page = pageOf(
      JSON.stringify({ model: 'm', embedding: { data: 'A'.repeat(900) }, list: Array(50).fill(1) }),
    );
    expect(page).toContain('"model": "m"');
    expect(page).toContain('… (900 characters)"');
    expect(page).toContain('"… (50 items)"');
  });

  it('shows text that is no JSON, and bytes that are no text', () => {
    expect(pageOf('not JSON')).toContain('no JSON:\nnot JSON');
    expect(pageOf(Buffer.from([0xff, 0]))).toContain('no UTF-8, as base64:\n/wA=');
  });

  it('lets no control character reach the terminal', () => {
    expect(pageOf('a\u001b[2Jb\u009b1m')).toContain('a\\u001b[2Jb\\u009b1m');
    expect(letterPage(sampleRecord({ key: '\u001b[2J' }))).toContain('key: \\u001b[2J');
  });
});
