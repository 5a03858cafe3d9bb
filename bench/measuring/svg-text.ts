/** Text as it stands between the tags of an SVG. */
export function svgText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
