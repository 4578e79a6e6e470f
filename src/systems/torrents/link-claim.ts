/** Which links are of torrents, by their form alone: magnet links, info hashes, torrent files and their addresses. */
import type { Claim } from '../../host/links.ts';
import { describeHashLength, parseMagnet } from '../../data/content/magnet.ts';
import { cleanLink, magnetQuery } from '../../data/content/pasted-link.ts';

/** A bencoded dictionary, as torrent files are: with a key that has a length (BEP 3). */
const isDictionary = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x64 && bytes[1]! >= 0x30 && bytes[1]! <= 0x39;

export function claimOf(link: string | Uint8Array): Claim {
  if (typeof link !== 'string') return isDictionary(link) ? 'sure' : 'no';
  const text = link.trim();
  if (magnetQuery(cleanLink(text)) !== undefined || parseMagnet(text).ok) return 'sure';
  // Something that is nearly an info hash: the error says what is wrong with it.
  if (describeHashLength(text) !== undefined) return 'sure';
  if (/^https?:/i.test(text)) return /\.torrent($|[?#])/i.test(text) ? 'sure' : 'maybe';
  return /\.torrent$/i.test(text) ? 'sure' : 'no';
}
