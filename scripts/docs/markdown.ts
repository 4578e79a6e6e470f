/** Tables of Markdown, and the places in documents where generated ones stand. */

/** Characters of a line of prose; a table row is as long as it is. */
const LINE_BREAK = /\s*\n\s*/g;

/** @param rows one text a column; bars in them are escaped */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `|${cells.map((cell) => ` ${cell.replace(LINE_BREAK, ' ').replaceAll('|', '\\|')}`.trimEnd() + ' ').join('|')}|`;
  return [line(headings), `|${headings.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

export const code = (text: string): string => `\`${text}\``;

const beginOf = (name: string): string => `<!-- ${name}: made by npm run docs -->`;
const endOf = (name: string): string => `<!-- end of ${name} -->`;

/**
 * Puts a generated part where its marks are.
 * @throws Error when the document has not both marks once
 */
export function replacePart(text: string, name: string, part: string): string {
  const [begin, end] = [beginOf(name), endOf(name)];
  const [before, rest, ...more] = text.split(begin);
  const at = rest?.indexOf(end) ?? -1;
  if (rest === undefined || more.length > 0 || at < 0)
    throw new Error(`the document has to have the marks "${begin}" and "${end}" once`);
  return `${before}${begin}\n\n${part.trim()}\n\n${rest.slice(at)}`;
}
