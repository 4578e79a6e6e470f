/** Sizes, rates and times as people read them, in the language of the page. */
import { getLanguage } from './texts/index.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Binary units, written as such, as on the command line. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [Math.max(0, bytes), 0];
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  const text = value.toLocaleString(getLanguage(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${text} ${UNITS[unit]}`;
}

export const formatRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`;

export function formatPercent(part: number): string {
  return Math.min(1, part).toLocaleString(getLanguage(), {
    style: 'percent',
    maximumFractionDigits: part < 0.1 ? 1 : 0,
    // An incomplete share never says 100 %.
    roundingMode: 'floor',
  });
}

/** The two largest units: `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  const parts: readonly (readonly [number, 'day' | 'hour' | 'minute' | 'second'])[] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  let left = Math.max(1, Math.round(seconds));
  const words: string[] = [];
  for (const [size, unit] of parts) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count === 0 && words.length === 0) continue;
    if (count > 0)
      words.push(count.toLocaleString(getLanguage(), { style: 'unit', unit, unitDisplay: 'short' }));
    if (words.length === 2 || (words.length === 1 && count === 0)) break;
    // Hours need no seconds beside them.
    if (unit === 'hour' && size === 3600 && words.length === 2) break;
  }
  return words.slice(0, 2).join(' ');
}

export function formatDate(text: string): string {
  return new Date(text).toLocaleString(getLanguage(), { dateStyle: 'medium', timeStyle: 'short' });
}

export function formatTime(text: string): string {
  return new Date(text).toLocaleTimeString(getLanguage());
}
