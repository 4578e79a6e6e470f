/**
 * Lines of a list, some tens of kilobytes at a time, so that whoever reads a long one can let others run in between. Lists are
 * UTF-8; old ones are Latin-1, and are read as that where they are no UTF-8.
 */
import { type Bytes, fromUtf8, toByteString } from '../../../ground/bytes.ts';

/** Bytes of a step: some milliseconds on a slow machine. */
const STEP_LENGTH = 64 * 1024;
const NEWLINE = 0x0a;
/** What is told of broken lines: the first ones, and how many there are. */
const MAX_PROBLEMS = 20;
/** Of a line that is quoted in a problem. */
const MAX_QUOTED = 80;

export interface LineGroup {
  /** Number of the first line, from 1. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** A line that could not be used. */
export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** Collects what is wrong with a list. */
export class Problems {
  readonly first: Problem[] = [];
  count = 0;

  add(line: number, message: string): void {
    this.count++;
    if (this.first.length < MAX_PROBLEMS) this.first.push({ line, message });
  }
}

/** @param from offset to begin at @param line number of the line there */
export function* groupsOfLines(bytes: Bytes, from = 0, line = 1): Generator<LineGroup, void, void> {
  let [at, first] = [from, line];
  while (at < bytes.length) {
    const newline = at + STEP_LENGTH < bytes.length ? bytes.indexOf(NEWLINE, at + STEP_LENGTH) : -1;
    const end = newline < 0 ? bytes.length : newline;
    const lines = decodeText(bytes.subarray(at, end)).split('\n');
    yield { first, lines };
    first += lines.length;
    at = end + 1;
  }
}

export function decodeText(bytes: Bytes): string {
  return fromUtf8(bytes) ?? toByteString(bytes);
}

export function quote(text: string): string {
  return text.length <= MAX_QUOTED ? `"${text}"` : `"${text.slice(0, MAX_QUOTED)}…"`;
}
