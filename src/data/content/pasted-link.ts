/**
 * Links as people paste them: out of a mail, a page's source, a chat, a shell. Marks around a link, and changes
 * that it suffered on the way, are undone where only one meaning is possible. No part of a link is guessed.
 */
import { fromHex } from '../../ground/bytes.ts';

/** Marks around links in texts, each opening mark with its closing one. */
const QUOTES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '<': '>',
  '(': ')',
  '[': ']',
  '“': '”',
  '‘': '’',
  '«': '»',
};
/** `"<link>"` has two pairs. */
const MAX_QUOTES = 3;
/** White space, and the marks without width that copying from pages brings along (U+200B to U+200F, U+2060, U+FEFF). */
const EDGE = /[\s\u200b-\u200f\u2060\ufeff]/;
/** `magnet:?`, also as browsers and pages rewrite it: `magnet://?`, `magnet:`, wholly percent-encoded. */
const MAGNET = /^magnet:(?:\/{2,3})?\??/i;
const ENCODED_MAGNET = /^magnet(?::|%3a)(?:%2f){0,3}(?:%3f|\?)/i;

/** Without white space, quotes and brackets around it; line ends within it, where a mail wrapped it, are removed. */
export function cleanLink(text: string): string {
  let link = trimEdges(text);
  for (let i = 0; i < MAX_QUOTES; i++) {
    const partner = QUOTES[link[0] ?? ''];
    if (partner === undefined || link.length < 2 || !link.endsWith(partner)) break;
    link = trimEdges(link.slice(1, -1));
  }
  return /^magnet/i.test(link) ? link.replace(/[\r\n\t]+ */g, '') : link;
}

/** In linear time, which a pattern that is anchored at the end would not take. */
function trimEdges(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && EDGE.test(text[start]!)) start++;
  while (end > start && EDGE.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** The text behind `magnet:?` in a cleaned link; undefined for other links. */
export function magnetQuery(link: string): string | undefined {
  if (/^magnet(?:%3a|:(?:%2f){0,3}%3f)/i.test(link) && ENCODED_MAGNET.test(link))
    return unescapeText(link).replace(MAGNET, '');
  return MAGNET.test(link) ? link.replace(MAGNET, '') : undefined;
}

/**
 * The parameters of a query, keys in lower case without the number of `xt.1`, values decoded. `&amp;` separates as `&`
 * does: links come out of the source of pages, and no parameter starts with "amp;".
 */
export function* queryPairs(query: string, maxPairs: number): Generator<readonly [string, string]> {
  for (const pair of query.split(/&(?:amp;|#38;|#x26;)*/i).slice(0, maxPairs)) {
    const at = pair.indexOf('=');
    if (at < 0) continue;
    const key = pair
      .slice(0, at)
      .trim()
      .toLowerCase()
      .replace(/\.\d+$/, '');
    yield [key, unescapeText(pair.slice(at + 1).replaceAll('+', ' '))];
  }
}

/** Percent-decodes UTF-8. A percent sign that starts no escape stands for itself, as in "100% pure". */
export function unescapeText(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    new TextDecoder().decode(fromHex(escapes.replaceAll('%', ''))),
  );
}

/** Percent-encodes all but RFC 3986's unreserved characters. */
export function escapeText(text: string): string {
  let out = '';
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    out += /[A-Za-z0-9._~-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
