import { PacedQueries } from './paced-queries';

describe(PacedQueries.name, () => {
  let begun: string[];
  let queries: PacedQueries;
  const query = (name: string, tookMs: number): Promise<string> =>
    queries.run(async () => {
      begun.push(name);
      await new Promise((end) => setTimeout(end, tookMs));
      return name;
    });

  beforeEach(() => {
    jest.useFakeTimers();
    begun = [];
    queries = new PacedQueries();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('leaves the database alone after a query for as long as that took', async () => {
    const first = query('first', 200);
    void query('second', 10);
    await jest.advanceTimersByTimeAsync(200);
    expect(await first).toBe('first');
    await jest.advanceTimersByTimeAsync(199);
    expect(begun).toEqual(['first']);
    await jest.advanceTimersByTimeAsync(1);
    expect(begun).toEqual(['first', 'second']);
  });

  it('runs the next at once after a query that took next to nothing', async () => {
    void query('first', 10);
    void query('second', 10);
    await jest.advanceTimersByTimeAsync(10);
    expect(begun).toEqual(['first', 'second']);
  });

  it('goes on after a query that failed', async () => {
    await expect(queries.run(() => Promise.reject(new Error('late')))).rejects.toThrow('late');
    void query('next', 10);
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['next']);
  });
});
