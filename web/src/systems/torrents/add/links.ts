/** Links as people bring them: one, or several at once, with line breaks, blanks or nothing between them. */

/** A line break, or other white space before a link: names may hold blanks. */
const BETWEEN = /\s*[\r\n]\s*|\s+(?=magnet:\?|https?:\/\/)/i;
/** Also no space at all before a magnet link, where a line break was lost. Behind "=" the link is a value. */
const BEHIND_MAGNET = /\s*[\r\n]\s*|\s+(?=magnet:\?|https?:\/\/)|(?<=[^=\s])(?=magnet:\?)/i;

export function splitLinks(text: string): string[] {
  const links: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const between = (/^magnet:\?/i.test(rest) ? BEHIND_MAGNET : BETWEEN).exec(rest);
    links.push(between === null ? rest : rest.slice(0, between.index));
    rest = between === null ? '' : rest.slice(between.index + between[0].length);
  }
  return links;
}

/** True for a link, an info hash, or several of them. */
export function looksLikeLink(text: string): boolean {
  const links = splitLinks(text);
  return links.length > 0 && links.every(isLink);
}

function isLink(text: string): boolean {
  return /^(magnet:\?|https?:\/\/)/i.test(text) || /^[0-9a-f]{40}$|^[0-9a-f]{64}$|^[a-z2-7]{32}$/i.test(text);
}
