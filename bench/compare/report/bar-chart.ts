import { svgText } from '../../measuring/svg-text';

/** Bars under one heading, drawn to the scale of all. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly isOurs: boolean }[];
}

const width = 760;
const labelWidth = 210;
const valueWidth = 70;
const barHeight = 18;
const rowHeight = 24;
const groupGap = 34;
const margin = 12;

/** An SVG of horizontal bars; legible on light and dark pages. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const most = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const scale = (width - labelWidth - valueWidth - 2 * margin) / most;
  const parts: string[] = [];
  let y = margin + 18;
  parts.push(text({ x: margin, y }, title, 'class="title"'));
  for (const group of groups) {
    y += groupGap;
    parts.push(text({ x: margin, y }, group.title, 'class="group"'));
    y += 8;
    for (const { label, value, isOurs } of group.bars) {
      const length = Math.max(1, value * scale);
      const middle = y + barHeight / 2 + 4;
      const barX = margin + labelWidth;
      parts.push(
        text({ x: barX - 8, y: middle }, label, 'text-anchor="end"'),
        `<rect x="${barX}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2" class="${isOurs ? 'ours' : 'theirs'}"/>`,
        text({ x: barX + length + 6, y: middle }, value.toFixed(0), ''),
      );
      y += rowHeight;
    }
  }
  const height = y + margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${svgText(title)}</title>
<style>text{font:13px sans-serif;fill:#333}.title{font-size:16px;font-weight:bold}.group{font-weight:bold}.ours{fill:#1f77b4}.theirs{fill:#aab4be}</style>
<rect width="${width}" height="${height}" fill="#fff" rx="6"/>
${parts.join('\n')}
</svg>
`;
}

function text(
  { x, y }: { readonly x: number; readonly y: number },
  content: string,
  attributes: string,
): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${svgText(content)}</text>`;
}
