/** Reads arguments of Transmission's requests. A wrong type is refused: ignored, it would seem to have worked. */
import { isAbsolute } from 'node:path';
import { ShoalError } from '../../../ground/errors.ts';
import { MIN_RATE } from '../settings.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';

export type Arguments = Readonly<Record<string, unknown>>;

/** Transmission counts limits in units of 1000 bytes a second. */
export const KILO = 1000;

/** `recently-active`: the changes since the last request; programs ask every few seconds. */
const RECENT_MS = 60_000;

/** `ids`: one, a list of ids and hashes, `recently-active`, or all when absent. */
export function sharesOf(roster: Roster, ids: unknown): RosterEntry[] {
  if (ids === undefined) return [...roster.all];
  if (ids === 'recently-active') {
    const since = Date.now() - RECENT_MS;
    return roster.all.filter(
      ({ share, times, stored, changedAt }) =>
        share !== undefined ||
        [times.movedAt, stored.addedAt, changedAt].some((at) => at !== undefined && at.getTime() > since),
    );
  }
  const list = Array.isArray(ids) ? ids : [ids];
  return list
    .map((id) => (typeof id === 'number' ? roster.find(id) : roster.findByHash(String(id))))
    .filter((entry) => entry !== undefined);
}

const wrong = (name: string, what: string): ShoalError =>
  new ShoalError('bad-argument', `"${name}" has to be ${what}`);

const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

/** An empty text is a value. @throws ShoalError bad-argument */
export function stringOf(args: Arguments, name: string): string | undefined {
  const value = args[name];
  if (isAbsent(value)) return undefined;
  if (typeof value !== 'string') throw wrong(name, 'a text');
  return value;
}

/** Undefined when the argument is absent, null or an empty text. @throws ShoalError bad-argument */
export function textOf(args: Arguments, name: string): string | undefined {
  const text = stringOf(args, name);
  return text === '' ? undefined : text;
}

/** An absolute path: the daemon's current folder does not count. @throws ShoalError bad-argument */
export function folderOf(args: Arguments, name: string): string | undefined {
  const folder = textOf(args, name);
  if (folder !== undefined && !isAbsolute(folder))
    throw wrong(name, `an absolute path, and "${folder}" is none`);
  return folder;
}

/** @throws ShoalError bad-argument */
export function numberOf(args: Arguments, name: string): number | undefined {
  const value = args[name];
  if (isAbsent(value)) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw wrong(name, 'a number that is not negative');
  return value;
}

/**
 * A limit in its units, as bytes a second. Its smallest, 1 kB/s, is somewhat less than ours.
 * @throws ShoalError bad-argument
 */
export function rateOf(args: Arguments, name: string): number | undefined {
  const value = numberOf(args, name);
  return value === undefined || value === 0 ? value : Math.max(MIN_RATE, Math.round(value * KILO));
}

/** Older programs write 0 and 1. @throws ShoalError bad-argument */
export function flagOf(args: Arguments, name: string): boolean | undefined {
  const value = args[name];
  if (isAbsent(value)) return undefined;
  if (value === 0 || value === 1) return value === 1;
  if (typeof value !== 'boolean') throw wrong(name, 'true or false');
  return value;
}

/** @throws ShoalError bad-argument */
export function numbersOf(args: Arguments, name: string): number[] | undefined {
  const value = args[name];
  if (isAbsent(value)) return undefined;
  if (!Array.isArray(value) || !value.every((entry) => Number.isSafeInteger(entry) && entry >= 0))
    throw wrong(name, 'a list of whole numbers');
  return value;
}

/** @throws ShoalError bad-argument */
export function textsOf(args: Arguments, name: string): string[] | undefined {
  const value = args[name];
  if (isAbsent(value)) return undefined;
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
    throw wrong(name, 'a list of texts');
  return value;
}

/** Refuses arguments that would have no effect. @throws ShoalError unsupported */
export function requireKnown(method: string, args: Arguments, known: ReadonlySet<string>): void {
  const others = Object.keys(args).filter((name) => !known.has(name));
  if (others.length > 0)
    throw new ShoalError(
      'unsupported',
      `${method} does not know ${others.map((name) => `"${name}"`).join(', ')}`,
    );
}

/**
 * A number with a switch (`NAME` and `NAME-enabled`). A request may contain one, both or neither.
 * @param unset the number when only the switch is on
 */
export function switched(
  value: number | undefined,
  isOn: boolean | undefined,
  before: number | null,
  unset: number,
): number | null {
  if (isOn === false) return null;
  if (isOn === undefined && before === null) return null;
  return value ?? before ?? unset;
}
