/**
 * What a person names: an info hash, a magnet link, an address or a block of them, content by its path. Each has a canonical
 * text, by which it is stored, shown and removed.
 */
import { formatHost, parseHost } from '../../../ground/address.ts';
import { type Bytes, equalBytes, toHex } from '../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';
import { parseMagnet } from '../../../data/content/magnet.ts';
import { type AddressRange, parseAddressOrBlock } from '../wire/address-list.ts';
import { KEY_LENGTH } from '../wire/cid.ts';
import { parseRule } from '../wire/deny-list.ts';
import { parseInfoHash } from '../wire/info-hash.ts';
import type { Rule } from '../wire/rule.ts';

export type Subject =
  | { readonly kind: 'hash'; readonly text: string; readonly hash: Uint8Array }
  | { readonly kind: 'range'; readonly text: string; readonly range: AddressRange }
  | { readonly kind: 'content'; readonly text: string };

/** A magnet link of a hybrid share names two. */
export function parseSubjects(given: string): Result<readonly Subject[]> {
  const text = given.trim();
  if (/^magnet:/i.test(text)) {
    const magnet = parseMagnet(text);
    if (!magnet.ok) return magnet;
    const { infoHashV1, infoHashV2 } = magnet.value;
    return succeed([infoHashV1, infoHashV2].filter((hash) => hash !== undefined).map(hashSubject));
  }
  if (text.startsWith('/ipfs/') || text.startsWith('/ipns/')) {
    const rule = parseRule(text, 1, '');
    return rule.ok ? succeed([{ kind: 'content', text }]) : rule;
  }
  const range = parseAddressOrBlock(text);
  if (range !== undefined) return succeed([{ kind: 'range', text: formatRange(text, range), range }]);
  const hash = parseInfoHash(text);
  if (hash.ok) return succeed([hashSubject(hash.value)]);
  return fail(
    'subject-unknown',
    `"${text.slice(0, 200)}" is no info hash, magnet link, address, block of addresses, /ipfs/ or /ipns/ path`,
  );
}

export const hashSubject = (hash: Bytes): Subject => ({ kind: 'hash', text: toHex(hash), hash });

/** Rules that name it. @param line their order among others */
export function rulesOf(subject: Subject, line: number, reason: string): readonly Rule[] {
  const common = { line, isAllowed: false, reason };
  switch (subject.kind) {
    case 'hash':
      return [{ ...common, kind: 'hash', key: subject.hash.subarray(0, KEY_LENGTH) }];
    case 'range':
      return [{ ...common, kind: 'range', ...subject.range }];
    case 'content': {
      const rules = parseRule(subject.text, line, reason);
      return rules.ok ? rules.value.map((rule) => ({ ...rule, reason })) : [];
    }
  }
}

function formatRange(text: string, { from, to }: AddressRange): string {
  if (equalBytes(from, to)) return formatHost(from);
  const [, bits] = text.split('/');
  return `${formatHost(from)}/${Number(bits)}`;
}

/** The host of an address that `check` was asked about: alone, with a port, or in a web address. */
export function hostIn(text: string): Uint8Array | undefined {
  const inAddress = URL.canParse(text) && /^(https?|udp):/.test(text) ? new URL(text).hostname : text;
  const bare = inAddress.replace(/^\[([^\]]*)\](:\d+)?$/, '$1');
  return parseHost(bare) ?? parseHost(bare.replace(/:\d+$/, ''));
}
