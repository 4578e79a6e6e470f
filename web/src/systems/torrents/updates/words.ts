/** Publications and follows in plain words: how each is doing, and what a person typed wrongly. */
import type { FollowSummary, PublicationSummary } from '../api.ts';
import type { Tone } from '../parts/phase.ts';
import { formatBytes } from '../../../shell/format.ts';
import type { Messages } from '../texts/index.ts';

export interface Condition {
  readonly tone: Tone;
  readonly words: string;
}

export function conditionOfPublication(
  { trouble, isSuperseded, putAt, stored }: PublicationSummary,
  text: Messages,
): Condition {
  if (trouble !== null) return { tone: 'bad', words: trouble };
  if (isSuperseded) return { tone: 'bad', words: text.superseded };
  if (putAt === null || stored === null) return { tone: 'busy', words: text.waitsForDht };
  return stored === 0
    ? { tone: 'bad', words: text.noNodeTook }
    : { tone: 'good', words: text.heldByNodes(stored) };
}

export function conditionOfFollow(follow: FollowSummary, text: Messages): Condition {
  const { state, trouble, lookedAt, doneBytes, totalBytes } = follow;
  switch (state) {
    case 'failed':
      return { tone: 'bad', words: trouble ?? text.phaseName.failed };
    case 'fetching':
      return {
        tone: 'busy',
        words: [
          text.fetchingVersion,
          ...(totalBytes === 0 ? [] : [text.ofSize(formatBytes(doneBytes), formatBytes(totalBytes))]),
        ].join(' · '),
      };
    case 'paused':
      return { tone: 'idle', words: text.phaseName.paused };
    case 'shown':
      return { tone: 'good', words: text.newestHere };
    default:
      return { tone: 'busy', words: lookedAt === null ? text.looksFirst : text.nothingFound };
  }
}

const OF_PUBLICATION = /^\W*magnet:\S*?[?&](?:amp;)?xs(?:\.\d+)?=urn(?::|%3a)btpk(?::|%3a)/i;
const OF_SHARE = /[?&](?:amp;)?xt(?:\.\d+)?=urn(?::|%3a)bt[im]h(?::|%3a)/i;

/** Links that `publish` gives: `magnet:?xs=urn:btpk:KEY&s=SALT` (BEP 46). One that names a share as well is a link to that. */
export const isFollowLink = (words: string): boolean => OF_PUBLICATION.test(words) && !OF_SHARE.test(words);

/** Anything else would depend on where the daemon was started. */
export const isFullPath = (path: string): boolean => /^(\/|[a-z]:[\\/]|\\\\)/i.test(path);
