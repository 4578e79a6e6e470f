/** Recognises common files that are not bencode, so that a message can name them. */
import { type Bytes, toByteString } from './bytes.ts';

/** Enough to tell a page from a text. */
const SNIFFED_BYTES = 1024;

export type Kind = 'bencoded dictionary' | 'empty' | 'magnet link' | 'other' | 'text' | 'web page';

export function sniff(bytes: Bytes): Kind {
  if (bytes.length === 0) return 'empty';
  const start = toByteString(bytes.subarray(0, SNIFFED_BYTES));
  if (/^d\d/.test(start)) return 'bencoded dictionary';
  // Editors put a byte order mark (UTF-8) before a text.
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (text.startsWith('<')) return 'web page';
  if (/^magnet:/i.test(text)) return 'magnet link';
  // No text holds control characters other than tabs and line ends.
  return /[\0-\x08\x0e-\x1f]/.test(text) ? 'other' : 'text';
}
