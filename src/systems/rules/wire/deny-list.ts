/**
 * Compact deny lists (IPIP-383, specs.ipfs.tech/compact-denylist-format): an optional YAML header that `---` ends, then a rule
 * a line with hints behind it. Info hashes are CIDs there: see `cid.ts`.
 *
 * A rule that cannot be read is reported with its line and left out; a header that cannot be read refuses the list.
 */
import type { Bytes } from '../../../ground/bytes.ts';
import { fromHex, fromUtf8, toHex } from '../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';
import {
  describeFunction,
  KEY_LENGTH,
  keyOfMultihash,
  type Multihash,
  parseCid,
  SHA1,
  SHA2_256,
} from './cid.ts';
import { decodeText, groupsOfLines, type Problems, quote } from './lines.ts';
import type { ListHead, Rule, RuleSink } from './rule.ts';

/** Specification, section Header. */
const MAX_HEADER_BYTES = 1024 * 1024;
/** Specification, section File syntax: with the newline. */
const MAX_LINE_BYTES = 2 * 1024 * 1024;
const SUPPORTED_VERSION = 1;
/** Names and descriptions are for people. */
const MAX_HEAD_TEXT = 500;
/** A reason is a sentence. */
const MAX_REASON = 500;
/** What double hashes are compared by; others cannot be computed here. */
const COMPUTED: ReadonlySet<number> = new Set([SHA1, SHA2_256]);

export interface DenyListHeader extends ListHead {
  /** Of all rules that have none of their own. */
  readonly reason: string;
  /** Where the rules begin. */
  readonly end: number;
  /** Number of the first line of the rules, from 1. */
  readonly line: number;
}

/** A YAML document as plain values. @throws anything when the text is no YAML */
export type YamlParser = (text: string) => unknown;

/** A list without a header has a default one. */
export function parseHeader(bytes: Bytes, parseYaml: YamlParser): Result<DenyListHeader> {
  const found = findHeader(bytes);
  if (found === undefined)
    return succeed({ name: undefined, description: undefined, reason: '', end: 0, line: 1 });
  const { text, end, line } = found;
  let fields: unknown;
  try {
    fields = parseYaml(text);
  } catch (error) {
    const message = ((error as Error).message ?? '').split('\n')[0];
    return fail('deny-list-header', `its header, up to line ${line - 1}, is no YAML: ${message}`);
  }
  if (fields === null || fields === undefined) fields = {};
  if (typeof fields !== 'object' || Array.isArray(fields))
    return fail('deny-list-header', `its header, up to line ${line - 1}, is no map of fields`);
  const { version = 1, name, description, hints } = fields as Record<string, unknown>;
  if (version !== SUPPORTED_VERSION)
    return fail(
      'deny-list-version',
      `its header says version ${String(version)}; version ${SUPPORTED_VERSION} is known here`,
    );
  const hinted =
    typeof hints === 'object' && hints !== null
      ? textOf((hints as Record<string, unknown>).reason)
      : undefined;
  const head = { name: textOf(name), description: textOf(description) };
  return succeed({ ...head, reason: hinted ?? head.description ?? '', end, line });
}

/** The rules. Pauses after each step. */
export function* parseDenyList(
  bytes: Bytes,
  header: DenyListHeader,
  problems: Problems,
  sink: RuleSink,
): Generator<undefined, void, void> {
  for (const { first, lines } of groupsOfLines(bytes, header.end, header.line)) {
    for (let i = 0; i < lines.length; i++) {
      const text = lines[i]!.trim();
      if (text === '' || text.startsWith('#')) continue;
      const rule = parseRule(text, first + i, header.reason);
      if (rule.ok) for (const each of rule.value) sink(each);
      else problems.add(first + i, rule.error.message);
    }
    yield;
  }
}

/** Does a list begin as one of this format? Told by its first lines that say anything. */
export function looksLikeDenyList(bytes: Bytes): boolean {
  if (findHeader(bytes) !== undefined) return true;
  const [group] = groupsOfLines(bytes.subarray(0, 4096));
  const line = group?.lines.find((text) => text.trim() !== '' && !text.startsWith('#'))?.trim() ?? '';
  // `//` begins comments of other lists: behind it a double hash has no spaces.
  return /^!?\/(ip[fn]s\/|\/[0-9A-Za-z]{32,}(\s|$))/.test(line);
}

/**
 * One rule, as a line or as a person names it; a few when it has several readings.
 * @param defaultReason when no hint gives one
 */
export function parseRule(text: string, line: number, defaultReason: string): Result<Rule[]> {
  if (text.length > MAX_LINE_BYTES) return fail('rule-length', `a line has at most ${MAX_LINE_BYTES} bytes`);
  const [item = '', ...hints] = text.split(/\s+/);
  const isAllowed = item.startsWith('!');
  const body = isAllowed ? item.slice(1) : item;
  const common = { line, isAllowed, reason: reasonIn(hints) ?? defaultReason };
  if (body.startsWith('//')) return parseDoubleHash(body.slice(2), common);
  if (body.startsWith('/ipfs/')) return parseContent(body.slice(6), common);
  if (body.startsWith('/ipns/')) return parseName(body.slice(6), common);
  return fail('rule-unknown', `${quote(item)} is no rule: rules begin with /ipfs/, /ipns/ or //`);
}

type Common = Pick<Rule, 'line' | 'isAllowed' | 'reason'>;

/** `/ipfs/CID`, `/ipfs/CID/PATH`, `/ipfs/CID/PATH*` */
function parseContent(text: string, common: Common): Result<Rule[]> {
  const [name, ...rest] = text.split('/');
  const cid = parseCid(name!);
  if (!cid.ok) return fail(cid.error.code, `${quote(name!)} is no CID: ${cid.error.message}`);
  const key = keyOfMultihash(cid.value.multihash);
  if (rest.length === 0) return succeed([{ ...common, kind: 'hash', key }]);
  const path = parsePath(rest.join('/'));
  if (!path.ok) return path;
  const rule: Rule = { ...common, kind: 'path', root: `ipfs/${toHex(key)}`, ...path.value };
  if (path.value.path !== '') return succeed([rule]);
  // `/ipfs/CID/` is `/ipfs/CID`; `/ipfs/CID/*` is that and all paths below.
  const whole: Rule = { ...common, kind: 'hash', key };
  return succeed(path.value.isPrefix ? [whole, rule] : [whole]);
}

/** `/ipns/NAME` with the same paths. A key goes by its multihash, a domain by its name. */
function parseName(text: string, common: Common): Result<Rule[]> {
  const [name, ...rest] = text.split('/');
  if (name === '') return fail('rule-name', 'there is no name behind /ipns/');
  const path = parsePath(rest.join('/'));
  if (!path.ok) return path;
  return succeed([{ ...common, kind: 'path', root: rootOfName(name!), ...path.value }]);
}

export function rootOfName(name: string): string {
  const cid = parseCid(name);
  return cid.ok ? `ipns/${toHex(keyOfMultihash(cid.value.multihash))}` : `ipns/${name.toLowerCase()}`;
}

/** Percent-encoded (RFC 3986 section 2.1); a slash at the end says nothing, a star makes it a prefix. */
export function parsePath(text: string): Result<{ readonly path: string; readonly isPrefix: boolean }> {
  const isPrefix = text.endsWith('*');
  const encoded = (isPrefix ? text.slice(0, -1) : text).replace(/^\/+|\/+$/g, '');
  const path = decodePercent(encoded);
  return path === undefined
    ? fail('rule-path', `the path ${quote(text)} is not percent-encoded UTF-8`)
    : succeed({ path, isPrefix });
}

/** Undefined where a `%` has no two digits behind it, or the bytes are no UTF-8. */
function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const parts = text.split(/((?:%[0-9a-fA-F]{2})+)/);
  let decoded = '';
  for (const [i, part] of parts.entries()) {
    const plain = i % 2 === 0 ? part : fromUtf8(fromHex(part.replaceAll('%', ''))!);
    if (plain === undefined) return undefined;
    decoded += plain;
  }
  return decoded;
}

/** Where both readings are possible, both are rules (specification, section Double-hash). */
function parseDoubleHash(text: string, common: Common): Result<Rule[]> {
  const rules: Rule[] = [];
  const add = (multihash: Multihash): void => {
    const key = multihash.digest.slice(0, KEY_LENGTH);
    rules.push({ ...common, kind: 'double-hash', key, code: multihash.code });
  };
  const legacy = text.length === 64 ? fromHex(text) : undefined;
  if (legacy !== undefined) add({ code: SHA2_256, digest: legacy });
  const modern = parseCid(text);
  if (modern.ok && modern.value.version === 0 && modern.value.multihash.digest.length >= KEY_LENGTH) {
    const { multihash } = modern.value;
    if (COMPUTED.has(multihash.code)) add(multihash);
    else if (rules.length === 0)
      return fail(
        'rule-function',
        `the double hash ${quote(text)} is of ${describeFunction(multihash.code)}, which is not computed here`,
      );
  }
  if (rules.length > 0) return succeed(rules);
  const forms = 'neither a multihash in base58btc nor 64 digits of hexadecimal';
  return fail('rule-double-hash', `the double hash ${quote(text)} is ${forms}`);
}

/** Specification: `KEY:VALUE`; some lists write `KEY=VALUE`. Hints that are not known say nothing. */
function reasonIn(hints: readonly string[]): string | undefined {
  for (const hint of hints) {
    const match = /^reason[:=](.+)$/.exec(hint);
    if (match !== null) return (decodePercent(match[1]!) ?? match[1]!).slice(0, MAX_REASON);
  }
  return undefined;
}

interface FoundHeader {
  readonly text: string;
  readonly end: number;
  readonly line: number;
}

/** Up to the first line `---`, if there is one within the bound. */
function findHeader(bytes: Bytes): FoundHeader | undefined {
  const limit = Math.min(bytes.length, MAX_HEADER_BYTES);
  let [at, line] = [0, 1];
  while (at < limit) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline;
    if (isSeparator(bytes.subarray(at, end)))
      return {
        text: decodeText(bytes.subarray(0, at)),
        end: Math.min(end + 1, bytes.length),
        line: line + 1,
      };
    at = end + 1;
    line++;
  }
  return undefined;
}

function isSeparator(line: Bytes): boolean {
  const isPlain = line[0] === 0x2d && line[1] === 0x2d && line[2] === 0x2d;
  return isPlain && (line.length === 3 || (line.length === 4 && line[3] === 0x0d));
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
  return text === undefined || text.trim() === '' ? undefined : text.trim().slice(0, MAX_HEAD_TEXT);
}
