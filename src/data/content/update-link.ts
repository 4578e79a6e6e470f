/**
 * Links to shares that change (BEP 46): `magnet:?xs=urn:btpk:KEY&s=SALT` names the public key and the salt under which
 * the newest version is signed.
 */
import { fromHex, toHex } from '../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../ground/result.ts';
import { cleanLink, escapeText, magnetQuery, queryPairs } from './pasted-link.ts';

export interface UpdateLink {
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array;
  /** Up to 64 bytes; tells the shares of one key apart. */
  readonly salt?: Uint8Array;
  readonly name?: string;
}

const MAX_SALT = 64;
const MAX_PAIRS = 100;

export function isUpdateLink(text: string): boolean {
  const query = magnetQuery(cleanLink(text));
  if (query === undefined) return false;
  for (const [key, value] of queryPairs(query, MAX_PAIRS))
    if (key === 'xs' && /^urn:btpk:/i.test(value)) return true;
  return false;
}

export function parseUpdateLink(text: string): Result<UpdateLink> {
  const query = magnetQuery(cleanLink(text));
  if (query === undefined) return fail('update-link', 'not a magnet link');
  const pairs = [...queryPairs(query, MAX_PAIRS)];
  // A link may name other sources (xs) as well, such as a web page.
  const source = pairs.find(([name, value]) => name === 'xs' && /^urn:btpk:/i.test(value))?.[1];
  const key = /^urn:btpk:([0-9a-fA-F]{64})$/i.exec(source ?? '')?.[1];
  const parameters = new Map(pairs);
  if (key === undefined)
    return fail('update-link-key', 'no public key of 64 hex digits (xs=urn:btpk:, BEP 46)');
  const saltText = parameters.get('s');
  const salt = saltText === undefined ? undefined : fromHex(saltText);
  if (saltText !== undefined && (salt === undefined || salt.length > MAX_SALT)) {
    return fail('update-link-salt', 'the salt (s=) is not hex of up to 64 bytes (BEP 46)');
  }
  const name = parameters.get('dn');
  return succeed({
    publicKey: fromHex(key)!,
    ...(salt === undefined || salt.length === 0 ? {} : { salt }),
    ...(name === undefined ? {} : { name }),
  });
}

export function formatUpdateLink(link: UpdateLink): string {
  const parts = [`xs=urn:btpk:${toHex(link.publicKey)}`];
  if (link.salt !== undefined) parts.push(`s=${toHex(link.salt)}`);
  if (link.name !== undefined) parts.push(`dn=${escapeText(link.name)}`);
  return `magnet:?${parts.join('&')}`;
}
