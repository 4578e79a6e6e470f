/** Plain lists of info hashes: one a line, the reason behind `#`. A line that begins with `#` or `;` is a comment. */
import type { Bytes } from '../../../ground/bytes.ts';
import { KEY_LENGTH } from './cid.ts';
import { parseInfoHash } from './info-hash.ts';
import { groupsOfLines, type Problems, quote } from './lines.ts';
import type { RuleSink } from './rule.ts';

/** A hash and a sentence: longer lines are none of such a list. */
const MAX_LINE = 1000;

/** Pauses after each step. */
export function* parseHashList(
  bytes: Bytes,
  problems: Problems,
  sink: RuleSink,
): Generator<undefined, void, void> {
  for (const { first, lines } of groupsOfLines(bytes)) {
    for (let i = 0; i < lines.length; i++) parseLine(lines[i]!, first + i, problems, sink);
    yield;
  }
}

function parseLine(text: string, line: number, problems: Problems, sink: RuleSink): void {
  if (text.length > MAX_LINE) return problems.add(line, `a line has at most ${MAX_LINE} characters`);
  const mark = text.indexOf('#');
  const hash = (mark < 0 ? text : text.slice(0, mark)).trim();
  if (hash === '' || hash.startsWith(';')) return;
  const parsed = parseInfoHash(hash);
  if (!parsed.ok) return problems.add(line, `${quote(hash)}: ${parsed.error.message}`);
  const reason = mark < 0 ? '' : text.slice(mark + 1).trim();
  sink({ kind: 'hash', key: parsed.value.subarray(0, KEY_LENGTH), line, isAllowed: false, reason });
}
