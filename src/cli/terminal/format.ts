/** Numbers and names for people. Text of strangers reaches a terminal only through `printable`. */
import { createRequire } from 'node:module';
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

/** Control characters (and escape sequences with them) and marks that reorder text are replaced. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
];

/** For a warning: the scripts of a word that mixes scripts with similar letters (Unicode TR 39). Empty for most names. */
export function mixedScripts(text: string): string[] {
  for (const word of text.split(/[^\p{L}\p{M}]+/u)) {
    const found = SCRIPTS.filter(([, pattern]) => pattern.test(word)).map(([name]) => name);
    if (found.length > 1) return found;
  }
  return [];
}

/** Columns that a text takes on a terminal (Unicode UAX 11): East Asian characters and pictures two, marks none. */
export function columnsOf(text: string): number {
  if (ONE_COLUMN_EACH.test(text)) return text.length;
  // Here, because help and most names need none of it.
  const { eastAsianWidth } = require('get-east-asian-width') as typeof import('get-east-asian-width');
  let columns = 0;
  for (const character of text)
    if (!/\p{Mark}/u.test(character)) columns += eastAsianWidth(character.codePointAt(0)!);
  return columns;
}

const require = createRequire(import.meta.url);
/** True for most texts. */
const ONE_COLUMN_EACH = /^[ -~]*$/;

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

/** The same, but keeps the end: a message with a long path ends with the reason. */
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
