/** Text in which people paste several links at once: one a line, with white space between them, or with nothing. */

/**
 * At a line break; at other white space when a link follows, since names and paths may hold blanks. One character of
 * white space, since a pattern for many would take quadratic time; the rest is trimmed.
 */
const BETWEEN = /[\r\n]|\s(?=magnet:\?|https?:\/\/)/i;
/** Also where a field of one line swallowed the break behind a magnet link. Behind "=" it is a value. */
const BEHIND_MAGNET = /[\r\n]|\s(?=magnet:\?|https?:\/\/)|(?<=[^=\s])(?=magnet:\?)/i;

export function splitLinks(text: string): string[] {
  const links: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const between = (/^magnet:\?/i.test(rest) ? BEHIND_MAGNET : BETWEEN).exec(rest);
    links.push(between === null ? rest : rest.slice(0, between.index).trim());
    rest = between === null ? '' : rest.slice(between.index + between[0].length).trim();
  }
  return links;
}
