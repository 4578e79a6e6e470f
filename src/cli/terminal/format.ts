/** Numbers and names for people. Nothing that a stranger wrote reaches a terminal except through `printable`. */

import { GLYPHS } from './glyphs.ts';

/** Binary units, written as such, here and on the page. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(Math.round(bytesPerSecond))}/s`;
}

export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 48 * 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} days`;
}

/** In one unit, for a column: `45 s`, `12 min`, `2.5 h`, `3 days`. */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.round(whole / 60)} min`;
  const hours = whole / 3600;
  if (hours < 48) return `${hours < 10 ? hours.toFixed(1) : Math.round(hours)} h`;
  return `${Math.round(whole / 86_400)} days`;
}

/** Control characters (escape sequences with them) and marks that reorder text: replaced, never passed on. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
];

/** The scripts of a word that mixes those whose letters look alike (Unicode TR 39), for a warning; empty for most names. */
export function mixedScripts(text: string): string[] {
  for (const word of text.split(/[^\p{L}\p{M}]+/u)) {
    const found = SCRIPTS.filter(([, pattern]) => pattern.test(word)).map(([name]) => name);
    if (found.length > 1) return found;
  }
  return [];
}

/** Columns that a text takes on a terminal, wide East Asian characters counted as two. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (/\p{Mark}/u.test(character)) continue;
    columns += isWide(code) ? 2 : 1;
  }
  return columns;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

/** At most `columns` wide, with a sign where something was cut. */
export function fit(text: string, columns: number, cut: string = GLYPHS.cut): string {
  if (columnsOf(text) <= columns) return text;
  let out = '';
  let used = 0;
  for (const character of text) {
    const width = columnsOf(character);
    if (used + width > columns - 1) break;
    out += character;
    used += width;
  }
  return out + cut;
}

/** The same, keeping the end: of a message with a long path it is the reason that counts. */
export function fitEnd(text: string, columns: number, cut: string = GLYPHS.cut): string {
  if (columnsOf(text) <= columns) return text;
  let out = '';
  let used = 1;
  for (const character of [...text].reverse()) {
    used += columnsOf(character);
    if (used > columns) break;
    out = character + out;
  }
  return cut + out;
}

export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}
