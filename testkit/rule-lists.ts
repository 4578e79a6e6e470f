/** Deny lists in hand: read at once, with a header parser for the few fields that tests write. */
import { nodeHasher } from '../src/ground/node/hasher.ts';
import type { Result } from '../src/ground/result.ts';
import { Matcher } from '../src/systems/rules/core/matcher.ts';
import { type ListKind, readList, type ReadList } from '../src/systems/rules/core/read-list.ts';
import type { RuleList } from '../src/systems/rules/core/rule-list.ts';

/** `KEY: VALUE` lines. @throws for anything else */
export function parseFlatYaml(text: string): Record<string, string | number> {
  const fields: Record<string, string | number> = {};
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const match = /^(\w+): *(.*)$/.exec(line.trim());
    if (match === null) throw new Error(`"${line}" is no field`);
    fields[match[1]!] = /^\d+$/.test(match[2]!) ? Number(match[2]) : match[2]!;
  }
  return fields;
}

export function tryReadList(text: string | Uint8Array, kind?: ListKind): Result<ReadList> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const steps = readList(bytes, { kind, parseYaml: parseFlatYaml });
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

export function readListAtOnce(text: string | Uint8Array, kind?: ListKind): ReadList {
  const read = tryReadList(text, kind);
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

/** Lists by name, and exceptions. */
export function createMatcher(lists: Readonly<Record<string, string>>, exceptions: string = ''): Matcher {
  const listOf = (text: string): RuleList => readListAtOnce(text).list;
  return new Matcher({
    hasher: nodeHasher,
    lists: Object.entries(lists).map(([name, text]) => ({ name, list: listOf(text) })),
    exceptions: listOf(exceptions),
  });
}
