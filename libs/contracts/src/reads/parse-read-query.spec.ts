import { InvalidMetadata, PipelineError } from '@libs/domain';
import { encodeCursor } from './page-cursor';
import { parseDocumentQuery, parsePageQuery, parseStatsQuery, refuseParameters } from './parse-read-query';

const ID = '0190b6a4-7c1e-7b3a-9c55-2f0f8d3f4a11';
const NOW = new Date('2026-11-21T17:30:00.000Z');

/** Pointer and code of each fault; of a query string that cannot be read the code alone. */
function faultsOf(parse: () => unknown): readonly string[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof InvalidMetadata)
      return error.violations.map(({ pointer, code }) => `${pointer} ${code}`);
    if (error instanceof PipelineError) return [String(error.code)];
    throw error;
  }
}

function refusalOf(parse: () => unknown): InvalidMetadata {
  try {
    parse();
  } catch (error) {
    if (error instanceof InvalidMetadata) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe(parsePageQuery.name, () => {
  const parse = (query: string): ReturnType<typeof parsePageQuery> => parsePageQuery(`/v1/metadata${query}`);

  it.each(['', '?', '?&'])('takes the newest fifty of all without vectors for %j', (query) => {
    expect(parse(query)).toEqual({ filter: {}, limit: 50, after: undefined, embedding: undefined });
  });

  it('reads every parameter', () => {
    const filter = {
      model: 'résnet 50',
      deviceName: 'Tesla+T4',
      tag: 'a&b',
      from: new Date('2026-11-21T04:39:39.000Z'),
      to: new Date('2026-11-21T05:39:39.000Z'),
    };
    const after = { capturedAt: new Date('2026-11-21T05:00:00.123Z'), eventId: ID };
    const query = new URLSearchParams({
      model: filter.model,
      deviceName: filter.deviceName,
      tag: filter.tag,
      from: '2026-11-21T05:39:39+01:00',
      to: '2026-11-21T05:39:39Z',
      limit: '7',
      include: 'embedding',
      as: 'array',
      cursor: encodeCursor(after, filter),
    });
    expect(parse(`?${query.toString()}`)).toEqual({ filter, limit: 7, after, embedding: 'array' });
  });

  it.each(['from', 'to'])('tells of a + in %s that it must be %%2B', (name) => {
    const refused = refusalOf(() => parse(`?${name}=2026-01-01T00:00:00+00:00`));
    expect(refused.violations).toEqual([
      {
        pointer: `/${name}`,
        code: 'invalid_format',
        message:
          'must be an RFC 3339 date and time with offset, from 2000 on: its offset has a space for its sign; ' +
          'in a query string, write + as %2B',
      },
    ]);
  });

  it('takes a + for the space between date and time', () => {
    const from = new Date('2026-01-01T00:00:00.000Z');
    expect(parse('?from=2026-01-01+00:00:00%2B00:00').filter).toEqual({ from });
  });

  it('looks for a device by its name without blanks at the ends', () => {
    expect(parse('?deviceName=+Tesla+T4%C2%A0%00').filter).toEqual({ deviceName: 'Tesla T4' });
  });

  it('answers vectors packed where it is not said how', () => {
    expect(parse('?include=embedding').embedding).toBe('packed');
  });

  it.each([
    ['?limit=0', '/limit out_of_range'],
    ['?limit=201', '/limit out_of_range'],
    ['?limit=', '/limit invalid_format'],
    ['?limit=-1', '/limit invalid_format'],
    ['?limit=1.5', '/limit invalid_format'],
    ['?limit=1e2', '/limit invalid_format'],
    ['?limit=51&include=embedding', '/limit out_of_range'],
    ['?model=', '/model out_of_range'],
    ['?model', '/model out_of_range'],
    ['?tag=', '/tag out_of_range'],
    [`?deviceName=${'x'.repeat(129)}`, '/deviceName out_of_range'],
    ['?deviceName=%20%C2%A0', '/deviceName out_of_range'],
    ['?from=yesterday', '/from invalid_format'],
    ['?from=2026-02-30T00:00:00Z', '/from invalid_format'],
    ['?from=2026-11-21T05:39:39+01:00', '/from invalid_format'],
    ['?from=2026-11-21T05:00:00Z&to=2026-11-21T05:00:00Z', '/from out_of_range'],
    ['?include=all', '/include invalid_value'],
    ['?include=', '/include invalid_value'],
    ['?as=array', '/as invalid_value'],
    ['?include=embedding&as=json', '/as invalid_value'],
    ['?cursor=', '/cursor out_of_range'],
    ['?cursor=AAAA', '/cursor invalid_value'],
    [`?cursor=${'A'.repeat(65)}`, '/cursor out_of_range'],
    ['?sort=asc', '/sort unknown_field'],
    ['?Limit=1', '/Limit unknown_field'],
  ])('refuses %s', (query, fault) => {
    expect(faultsOf(() => parse(query))).toEqual([fault]);
  });

  it.each([
    ['model[$ne]=x', '/model[$ne]'],
    ['model%5B%24ne%5D=x', '/model[$ne]'],
    ['model[]=x', '/model[]'],
    ['model.$gt=', '/model.$gt'],
    ['$where=1', '/$where'],
    ['__proto__=x', '/__proto__'],
    ['__proto__[model]=x', '/__proto__[model]'],
    ['constructor=x', '/constructor'],
    ['filter={"model":{"$ne":""}}', '/filter'],
    ['=x', '/'],
  ])('takes %s for a parameter it does not know', (query, pointer) => {
    expect(faultsOf(() => parse(`?${query}`))).toEqual([`${pointer} unknown_field`]);
  });

  it.each([['{"$ne":null}'], ['$ne'], ['/.*/'], ['[object Object]'], ['null']])(
    'takes %s for a text like any other',
    (text) => {
      expect(parse(`?model=${encodeURIComponent(text)}`).filter).toEqual({ model: text });
    },
  );

  it('refuses a parameter that comes twice, once', () => {
    expect(faultsOf(() => parse('?model=a&model=b&model=a&limit=1&limit=1'))).toEqual([
      '/model out_of_range',
      '/limit out_of_range',
    ]);
  });

  it.each(['?model=%', '?model=%zz', '?model=%ff', '?%c3=x', '?model=%ED%A0%80'])(
    'cannot read %s at all',
    (query) => {
      expect(faultsOf(() => parse(query))).toEqual(['invalid_request']);
    },
  );

  it('names all faults together', () => {
    expect(faultsOf(() => parse('?limit=x&tag=&nonsense=1&as=array')).toSorted()).toEqual([
      '/as invalid_value',
      '/limit invalid_format',
      '/nonsense unknown_field',
      '/tag out_of_range',
    ]);
  });

  it('refuses the cursor of another filter, and one that was changed', () => {
    const cursor = encodeCursor({ capturedAt: NOW, eventId: ID }, { model: 'a' });
    expect(parse(`?model=a&limit=3&cursor=${cursor}`).after).toEqual({ capturedAt: NOW, eventId: ID });
    for (const query of [
      `?cursor=${cursor}`,
      `?model=b&cursor=${cursor}`,
      `?model=a&tag=t&cursor=${cursor}`,
      `?model=a&cursor=${cursor}%3D`,
      `?model=a&cursor=${cursor.slice(0, -1)}`,
      `?model=a&cursor=B${cursor.slice(1)}`,
    ]) {
      expect(faultsOf(() => parse(query))).toEqual(['/cursor invalid_value']);
    }
  });
});

describe('A cursor that somebody made up', () => {
  const faultsAt = (at: string, range: { readonly from?: string; readonly to?: string } = {}): unknown => {
    const { from, to } = range;
    const filter = { ...(from && { from: new Date(from) }), ...(to && { to: new Date(to) }) };
    const cursor = encodeCursor({ capturedAt: new Date(at), eventId: ID }, filter);
    const query = new URLSearchParams({ ...range, cursor });
    return faultsOf(() => parsePageQuery(`/v1/metadata?${query.toString()}`));
  };

  it.each([
    '-271821-04-20T00:00:00.000Z',
    '-000001-01-01T00:00:00.000Z',
    '1999-12-31T23:59:59.999Z',
    '+010000-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
  ])('is refused where nothing can have been captured: %s', (at) => {
    expect(faultsAt(at)).toEqual(['/cursor invalid_value']);
  });

  it.each(['2000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])('may begin at %s', (at) => {
    expect(faultsAt(at)).toEqual([]);
  });

  it('is refused outside of the range that it is asked with', () => {
    const range = { from: '2026-11-21T05:00:00.000Z', to: '2026-11-21T06:00:00.000Z' };
    expect(faultsAt('2026-11-21T05:00:00.000Z', range)).toEqual([]);
    expect(faultsAt('2026-11-21T05:59:59.999Z', range)).toEqual([]);
    expect(faultsAt('2026-11-21T04:59:59.999Z', range)).toEqual(['/cursor invalid_value']);
    expect(faultsAt('2026-11-21T06:00:00.000Z', range)).toEqual(['/cursor invalid_value']);
  });

  it('is refused where no date can be made of its instant', () => {
    const bytes = Buffer.from(encodeCursor({ capturedAt: NOW, eventId: ID }, {}), 'base64url');
    for (const instant of [2n ** 63n - 1n, -(2n ** 63n)]) {
      bytes.writeBigInt64BE(instant, 9);
      const cursor = bytes.toString('base64url');
      expect(faultsOf(() => parsePageQuery(`/v1/metadata?cursor=${cursor}`))).toEqual([
        '/cursor invalid_value',
      ]);
    }
  });
});

describe(parseDocumentQuery.name, () => {
  it('takes the id in either case', () => {
    expect(parseDocumentQuery(ID.toUpperCase(), '/x')).toEqual({ eventId: ID, embedding: undefined });
  });

  it.each(['stats2', '', 'null', '00000000-0000-0000-0000-000000000000', `${ID} `, '$ne'])(
    'refuses %j for an id',
    (id) => {
      expect(faultsOf(() => parseDocumentQuery(id, '/x'))).toEqual(['/eventId invalid_format']);
    },
  );

  it('refuses what only lists know', () => {
    expect(faultsOf(() => parseDocumentQuery(ID, '/x?limit=1'))).toEqual(['/limit unknown_field']);
  });
});

describe(parseStatsQuery.name, () => {
  const parse = (query: string): ReturnType<typeof parseStatsQuery> => parseStatsQuery(`/x${query}`, NOW);

  it('takes the last 24 hours where it is not said which', () => {
    const from = new Date('2026-11-20T17:30:00.000Z');
    expect(parse('')).toEqual({ from, to: NOW, filter: {} });
    expect(parse('?to=2026-11-20T17:30:00Z').from).toEqual(new Date('2026-11-19T17:30:00.000Z'));
  });

  it('takes 31 days and no more', () => {
    expect(parse('?from=2026-10-21T17:30:00Z&model=a').filter).toEqual({ model: 'a' });
    expect(faultsOf(() => parse('?from=2026-10-21T17:29:59.999Z'))).toEqual(['/from out_of_range']);
  });

  it('refuses a range that ends before it begins, and tags', () => {
    expect(faultsOf(() => parse('?from=2026-11-22T00:00:00Z'))).toEqual(['/from out_of_range']);
    expect(faultsOf(() => parse('?tag=a'))).toEqual(['/tag unknown_field']);
  });
});

describe(refuseParameters.name, () => {
  const faults = (target: string): readonly string[] =>
    faultsOf(() => {
      refuseParameters(target);
    });

  it('refuses whatever comes', () => {
    expect(faults('/gpu/info')).toEqual([]);
    expect(faults('/gpu/info?a=1&b')).toEqual(['/a unknown_field', '/b unknown_field']);
  });
});
