/** Drawing for a terminal: bars, the piece map, colours that respect NO_COLOR. */
import type { Bitfield } from '../../ground/bitfield.ts';
import { type Glyphs, GLYPHS } from './glyphs.ts';

export type Paint = (text: string) => string;

export interface Palette {
  readonly good: Paint;
  readonly accent: Paint;
  readonly dim: Paint;
  readonly bad: Paint;
  readonly bold: Paint;
}

/** https://no-color.org: any non-empty NO_COLOR means no colour. */
export function createPalette(stream: { readonly isTTY?: boolean }): Palette {
  const isOn = stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
  const paint = (code: number): Paint =>
    isOn ? (text) => `\u001b[${code}m${text}\u001b[0m` : (text) => text;
  return { good: paint(32), accent: paint(36), dim: paint(2), bad: paint(31), bold: paint(1) };
}

/** @param fraction 0 to 1 */
export function drawBar(fraction: number, columns: number, glyphs: Glyphs = GLYPHS): string {
  const clamped = Math.max(0, Math.min(1, fraction));
  const eighths = Math.floor(clamped * columns * 8);
  const full = Math.floor(eighths / 8);
  const part = glyphs.parts[eighths % 8] ?? '';
  return (glyphs.full.repeat(full) + part).padEnd(columns, glyphs.empty);
}

/** Each column stands for a stretch of pieces; its height for how many of them are here. */
export function drawPieceMap(have: Bitfield, columns: number, glyphs: Glyphs = GLYPHS): string {
  const width = Math.min(columns, Math.max(1, have.length));
  let map = '';
  for (let column = 0; column < width; column++) {
    const from = Math.floor((column * have.length) / width);
    const to = Math.max(from + 1, Math.floor(((column + 1) * have.length) / width));
    let count = 0;
    for (let piece = from; piece < to && piece < have.length; piece++) if (have.has(piece)) count++;
    const level = count === 0 ? 0 : count === to - from ? 8 : 1 + Math.floor((count / (to - from)) * 6.99);
    map += glyphs.shades[level];
  }
  return map;
}
