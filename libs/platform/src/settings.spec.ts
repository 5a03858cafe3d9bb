import { z } from 'zod';
import {
  choice,
  cidrs,
  ConfigurationFault,
  flag,
  integer,
  isLoopbackHost,
  list,
  origins,
  readSettings,
  type CrossCheck,
} from './settings';

const noCrossCheck: CrossCheck = () => [];

/** What is read of one variable of the given kind. */
function read<T>(kind: z.ZodType<T>, value: string | undefined): unknown {
  return readSettings(z.object({ VALUE: kind }), { VALUE: value }, noCrossCheck).VALUE;
}

function faultsOf(kind: z.ZodType, value: string): readonly string[] {
  try {
    read(kind, value);
    return [];
  } catch (error) {
    return (error as ConfigurationFault).faults;
  }
}

describe(readSettings.name, () => {
  const schema = z.object({ COUNT: integer(1, 9, 5), MODE: choice(['a', 'b'], 'a'), ON: flag() });

  it('reads what is set and falls back on the rest', () => {
    expect(readSettings(schema, { MODE: 'b', OTHER: 'ignored' }, noCrossCheck)).toEqual({
      COUNT: 5,
      MODE: 'b',
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readSettings(schema, { COUNT: '', MODE: '', ON: '' }, noCrossCheck)).toEqual({
      COUNT: 5,
      MODE: 'a',
    });
  });

  it('reports the faults of single variables and those across variables together, without a value', () => {
    const env = { COUNT: 'secret-1', MODE: 'secret-2', ON: 'secret-3', PAIR: 'secret-4' };
    const crossCheck: CrossCheck = ({ PAIR }) => (PAIR ? ['PAIR: needs its other half'] : []);
    const attempt = (): unknown => readSettings(schema, env, crossCheck);
    expect(attempt).toThrow(ConfigurationFault);
    expect(attempt).toThrow(
      [
        'The configuration has 4 fault(s):',
        '  COUNT: must be an integer from 1 to 9',
        '  MODE: must be one of a, b',
        '  ON: must be true or false',
        '  PAIR: needs its other half',
      ].join('\n'),
    );
    expect(attempt).not.toThrow(/secret/);
  });

  it('shows the checks across variables only what is set', () => {
    const seen: unknown[] = [];
    readSettings(schema, { COUNT: '2', MODE: '' }, (given) => (seen.push(given), []));
    expect(seen).toEqual([{ COUNT: '2' }]);
  });

  it('refuses for a fault across variables alone', () => {
    expect(() => readSettings(schema, {}, () => ['A: no'])).toThrow('A: no');
  });
});

describe(integer.name, () => {
  it.each(['1', '9', '007'])('takes %s', (value) => {
    expect(read(integer(1, 9, 5), value)).toBe(Number(value));
  });

  it.each(['0', '10', '-1', '1.5', '1e1', ' 1', '0x1', 'one', '9'.repeat(16)])('refuses %s', (value) => {
    expect(faultsOf(integer(1, 9, 5), value)).toEqual(['VALUE: must be an integer from 1 to 9']);
  });

  it('falls back where nothing is set', () => {
    expect(read(integer(1, 9, 5), undefined)).toBe(5);
  });
});

describe(flag.name, () => {
  it.each([
    ['true', true],
    ['false', false],
    [undefined, undefined],
  ])('reads %s', (value, expected) => {
    expect(read(flag(), value)).toBe(expected);
  });

  it.each(['1', 'yes', 'TRUE'])('refuses %s', (value) => {
    expect(faultsOf(flag(), value)).toEqual(['VALUE: must be true or false']);
  });
});

describe(choice.name, () => {
  it('takes one of its values and falls back where nothing is set', () => {
    expect([read(choice(['a', 'b'], 'b'), 'a'), read(choice(['a', 'b'], 'b'), undefined)]).toEqual([
      'a',
      'b',
    ]);
  });

  it('refuses all else', () => {
    expect(faultsOf(choice(['a', 'b'], 'b'), 'A')).toEqual(['VALUE: must be one of a, b']);
  });
});

describe(list.name, () => {
  it('splits at commas and trims', () => {
    expect(read(list([]), 'a, b ,c')).toEqual(['a', 'b', 'c']);
  });

  it('falls back where nothing is set', () => {
    expect(read(list(['x']), undefined)).toEqual(['x']);
  });

  it.each(['a,', ',a', 'a,,b', ' '])('refuses the empty item in "%s"', (value) => {
    expect(faultsOf(list([]), value)).toEqual(['VALUE: must be items separated by commas, none empty']);
  });
});

describe(cidrs.name, () => {
  it('checks addresses of both families against its blocks', () => {
    const blocks = read(cidrs(), '10.0.0.0/8, 2001:db8::/32, 192.0.2.7/32') as {
      check: (...of: string[]) => boolean;
    };
    expect(blocks.check('10.255.0.1', 'ipv4')).toBe(true);
    expect(blocks.check('192.0.2.7', 'ipv4')).toBe(true);
    expect(blocks.check('192.0.2.8', 'ipv4')).toBe(false);
    expect(blocks.check('2001:db8::1', 'ipv6')).toBe(true);
    expect(blocks.check('2001:db9::1', 'ipv6')).toBe(false);
  });

  it('holds no address where nothing is set', () => {
    expect((read(cidrs(), undefined) as { check: (of: string) => boolean }).check('127.0.0.1')).toBe(false);
  });

  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '::1/129',
    '10.0.0/8',
    'localhost/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
  ])('refuses %s', (value) => {
    expect(faultsOf(cidrs(), value)).toEqual([
      'VALUE: must be CIDR blocks such as 10.0.0.0/8, separated by commas',
    ]);
  });
});

describe(isLoopbackHost.name, () => {
  it.each(['127.0.0.1', '127.8.9.10', 'localhost', 'LOCALHOST', 'api.localhost', '::1', '[::1]'])(
    'is true for %s',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true);
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.com', 'localhost.example.com', '128.0.0.1', ''])(
    'is false for "%s"',
    (host) => {
      expect(isLoopbackHost(host)).toBe(false);
    },
  );
});

describe(origins.name, () => {
  it('takes exact origins, and none where nothing is set', () => {
    const given = ['https://app.example', 'http://localhost:3000', 'https://[2001:db8::1]:8443'];
    expect(read(origins(), given.join(', '))).toEqual(given);
    expect(read(origins(), undefined)).toEqual([]);
  });

  it.each([
    '*',
    'null',
    'app.example',
    'https://app.example/',
    'https://app.example/page',
    'https://app.example:443',
    'http://app.example:80',
    'https://App.example',
    'https://*.example',
    'https://user@app.example',
    'https://bücher.example',
    'https://',
    'ftp://app.example',
    'chrome-extension://abc',
  ])('refuses %s', (value) => {
    expect(faultsOf(origins(), value)).toEqual([
      expect.stringMatching(
        /^VALUE: must be exact origins such as https:\/\/app\.example.*; \* is not taken$/,
      ),
    ]);
  });
});
