/** The mode of the moment, by the schedule and by the network interface of the default route. */
import { readFile } from 'node:fs/promises';
import type { ScheduleEntry, Settings } from '../settings.ts';

export type Mode = 'full' | 'slow' | 'pause';

const minutesOf = (clock: string): number => {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
};

function holds({ days, from, to }: ScheduleEntry, day: number, minute: number): boolean {
  const [start, end] = [minutesOf(from), minutesOf(to)];
  if (start < end) return days.includes(day) && minute >= start && minute < end;
  // Over midnight: the evening of its day, and the morning after.
  const dayBefore = (day + 6) % 7;
  return (days.includes(day) && minute >= start) || (days.includes(dayBefore) && minute < end);
}

/** The strictest mode among those that apply. */
export function modeOf(settings: Settings, now: Date, isMetered: boolean): Mode {
  const modes: Mode[] = [settings.isSlow ? 'slow' : 'full'];
  const minute = now.getHours() * 60 + now.getMinutes();
  for (const entry of settings.schedule) if (holds(entry, now.getDay(), minute)) modes.push(entry.mode);
  if (isMetered) modes.push(settings.onMetered);
  return modes.includes('pause') ? 'pause' : modes.includes('slow') ? 'slow' : 'full';
}

/**
 * The interface of the default route, from the kernel's table (Linux): the one with the lowest metric.
 * @returns undefined where there is none, or no such table
 */
export async function defaultInterface(table = '/proc/net/route'): Promise<string | undefined> {
  const text = await readFile(table, 'utf8').catch(() => '');
  let best: { readonly name: string; readonly metric: number } | undefined;
  for (const line of text.split('\n').slice(1)) {
    const [name, destination, , , , , metric, mask] = line.split('\t');
    if (destination !== '00000000' || mask !== '00000000') continue;
    if (best === undefined || Number(metric) < best.metric)
      best = { name: name!.trim(), metric: Number(metric) };
  }
  return best?.name;
}
