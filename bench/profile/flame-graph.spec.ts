import { flameGraph, type CpuProfile } from './flame-graph';

const node = (
  id: number,
  functionName: string,
  url: string,
  children: number[] = [],
): CpuProfile['nodes'][number] => ({
  id,
  callFrame: { functionName, url, lineNumber: 0 },
  children,
});

describe(flameGraph.name, () => {
  const profile: CpuProfile = {
    nodes: [
      node(1, '(root)', '', [2, 3, 5]),
      node(2, '(idle)', ''),
      node(3, 'accept', 'file:///x/dist/processor-api/apps/processor-api/src/a.js', [4]),
      node(4, '', 'file:///x/node_modules/kafkajs/src/b.js'),
      node(5, 'rare<1>', ''),
    ],
    samples: [2, 3, 4, 4, 5],
    timeDeltas: [5_000, 100, 100, 100, 100],
  };
  const svg = flameGraph(profile, 'a & b');

  it('shows shares of the busy time alone, by function and file', () => {
    expect([...svg.matchAll(/<title>(.+?)<\/title>/g)].map(([, title]) => title)).toEqual([
      'busy: 100.0 %',
      'accept apps/processor-api/src/a.js: 75.0 %',
      '(anonymous) kafkajs/src/b.js: 50.0 %',
      'rare&lt;1&gt;: 25.0 %',
    ]);
  });

  it('makes each function as wide as its share, on top of what called it', () => {
    const places = [...svg.matchAll(/<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g)];
    expect(places.map(([, x, y, width]) => [x, y, width].map(Number))).toEqual([
      [0, 0, 1_200],
      [0, 17, 900],
      [0, 34, 600],
      [900, 17, 300],
    ]);
    expect(svg).toContain('>a &amp; b</text>');
  });
});
