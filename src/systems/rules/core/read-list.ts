/** Reads a list of any kind into tables. The kind is told by what is in it. */
import { type Bytes, fromUtf8Lossy } from '../../../ground/bytes.ts';
import { fail, type Result, succeed } from '../../../ground/result.ts';
import { parseAddressList } from '../wire/address-list.ts';
import { looksLikeDenyList, parseDenyList, parseHeader, type YamlParser } from '../wire/deny-list.ts';
import { parseHashList } from '../wire/hash-list.ts';
import { parseInfoHash } from '../wire/info-hash.ts';
import { type Problem, Problems } from '../wire/lines.ts';
import type { ListHead, Rule } from '../wire/rule.ts';
import { type RuleList, RuleListBuilder } from './rule-list.ts';

export type ListKind = 'deny' | 'hashes' | 'addresses';

export interface ReadList extends ListHead {
  readonly kind: ListKind;
  readonly list: RuleList;
  /** Lines that could not be used. */
  readonly problemCount: number;
  /** The first of them. */
  readonly problems: readonly Problem[];
}

export interface ReadListOptions {
  /** Told by the content when absent. */
  readonly kind?: ListKind | undefined;
  /** For the header of a deny list. */
  readonly parseYaml: YamlParser;
}

/** Told by the first lines; addresses when nothing else is seen. */
export function kindOf(bytes: Bytes): ListKind {
  if (looksLikeDenyList(bytes)) return 'deny';
  const start = fromUtf8Lossy(bytes.subarray(0, 4096)).split('\n');
  for (const line of start) {
    const text = line.trim();
    if (text === '' || text.startsWith('#') || text.startsWith(';')) continue;
    return parseInfoHash(text.split('#')[0]!.trim()).ok ? 'hashes' : 'addresses';
  }
  return 'addresses';
}

/** Pauses after each step. The result fails for a list whose header cannot be read. */
export function* readList(
  bytes: Bytes,
  { kind = kindOf(bytes), parseYaml }: ReadListOptions,
): Generator<undefined, Result<ReadList>, void> {
  const builder = new RuleListBuilder();
  const problems = new Problems();
  const sink = (rule: Rule): void => {
    if (!builder.add(rule)) problems.add(rule.line, 'the list has more rules than are kept');
  };
  let head: ListHead = { name: undefined, description: undefined };
  if (kind === 'deny') {
    const header = parseHeader(bytes, parseYaml);
    if (!header.ok) return fail(header.error.code, header.error.message);
    head = { name: header.value.name, description: header.value.description };
    yield* parseDenyList(bytes, header.value, problems, sink);
  } else if (kind === 'hashes') yield* parseHashList(bytes, problems, sink);
  else yield* parseAddressList(bytes, problems, sink);
  const { count: problemCount, first } = problems;
  return succeed({ ...head, kind, list: builder.build(), problemCount, problems: first });
}
