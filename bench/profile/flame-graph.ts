import { svgText } from '../measuring/svg-text';

/** What `--cpu-prof` and the inspector write (Chrome DevTools Protocol, Profiler.Profile). */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds from a sample to the next. */
  readonly timeDeltas: readonly number[];
}

/** A function, reached by one way, and what it called. */
interface Frame {
  readonly name: string;
  microseconds: number;
  readonly callees: Map<string, Frame>;
}

const width = 1_200;
const rowHeight = 17;
const characterWidth = 6.6;
/** Narrower frames are left out. */
const leastWidth = 0.6;
const hues: readonly [pattern: RegExp, hue: number][] = [
  [/^apps\/|^libs\//, 25],
  [/kafkajs/, 200],
  [/@nestjs|fastify|find-my-way|avvio/, 120],
  [/garbage collector/, 0],
];
const otherHue = 265;

/** An SVG in which each function is as wide as its share of the busy time, and stands on what called it. */
export function flameGraph(profile: CpuProfile, title: string): string {
  const root = stacksOf(profile);
  const rows: string[] = [];
  const depth = draw(
    root,
    { x: 0, row: 0, perMicrosecond: width / root.microseconds, whole: root.microseconds },
    rows,
  );
  const height = (depth + 2) * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="11">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="4" y="13">${svgText(title)}</text>`,
    `<g transform="translate(0 ${rowHeight + 4})">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function stacksOf({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callerOf = new Map(
    nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id] as const)),
  );
  const pathOf = (id: number): string[] => {
    const path: string[] = [];
    for (let at: number | undefined = id; at !== undefined; at = callerOf.get(at))
      path.unshift(nameOf(byId.get(at)!));
    return path.slice(1);
  };
  const root: Frame = { name: 'busy', microseconds: 0, callees: new Map() };
  for (const [at, id] of samples.entries()) {
    const path = pathOf(id);
    if (path[0] === '(idle)') continue;
    const time = timeDeltas[at] ?? 0;
    let frame = root;
    frame.microseconds += time;
    for (const name of path) {
      const callee = frame.callees.get(name) ?? { name, microseconds: 0, callees: new Map() };
      frame.callees.set(name, callee);
      callee.microseconds += time;
      frame = callee;
    }
  }
  return root;
}

function nameOf({ callFrame: { functionName, url } }: CpuProfile['nodes'][number]): string {
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/dist\/[^/]+\//, '');
  return `${functionName || '(anonymous)'}${file && ` ${file}`}`;
}

interface Place {
  readonly x: number;
  readonly row: number;
  readonly perMicrosecond: number;
  readonly whole: number;
}

/** Draws `frame` and what it called; answers the number of rows. */
function draw(frame: Frame, place: Place, rows: string[]): number {
  const { x, row, perMicrosecond, whole } = place;
  const w = frame.microseconds * perMicrosecond;
  const share = `${((100 * frame.microseconds) / whole).toFixed(1)} %`;
  const file = frame.name.split(' ').at(-1)!;
  const hue = hues.find(([pattern]) => pattern.test(file) || pattern.test(frame.name))?.[1] ?? otherHue;
  const label = frame.name.slice(0, Math.max(0, Math.floor((w - 4) / characterWidth)));
  rows.push(
    `<g><title>${svgText(`${frame.name}: ${share}`)}</title><rect x="${x.toFixed(1)}" y="${row * rowHeight}" width="${w.toFixed(1)}" height="${rowHeight - 1}" fill="hsl(${hue} 70% 80%)"/>` +
      (label.length > 2
        ? `<text x="${(x + 2).toFixed(1)}" y="${row * rowHeight + 12}">${svgText(label)}</text>`
        : '') +
      '</g>',
  );
  let [at, depth] = [x, row + 1];
  const callees = [...frame.callees.values()].sort((a, b) => b.microseconds - a.microseconds);
  for (const callee of callees) {
    const calleeWidth = callee.microseconds * perMicrosecond;
    if (calleeWidth < leastWidth) break;
    depth = Math.max(depth, draw(callee, { ...place, x: at, row: row + 1 }, rows));
    at += calleeWidth;
  }
  return depth;
}
