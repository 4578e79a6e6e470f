/** Reading what Transmission's requests say: its arguments are loose, and what has the wrong type says nothing. */
import type { Held } from '../../session/held.ts';
import type { Session } from '../../session/session.ts';

export type Arguments = Readonly<Record<string, unknown>>;

/** Transmission counts limits in units of 1000 bytes a second. */
export const KILO = 1000;

/** `recently-active`: what changed since the last question, which programs ask every few seconds. */
const RECENT_MS = 60_000;

/** `ids`: one, a list of ids and hashes, `recently-active`, or all when absent. */
export function sharesOf(session: Session, ids: unknown): Held[] {
  if (ids === undefined) return [...session.all];
  if (ids === 'recently-active') {
    const since = Date.now() - RECENT_MS;
    return session.all.filter(
      ({ share, activeAt, entry }) =>
        share !== undefined || Math.max(activeAt?.getTime() ?? 0, entry.addedAt.getTime()) > since,
    );
  }
  const list = Array.isArray(ids) ? ids : [ids];
  return list
    .map((id) => (typeof id === 'number' ? session.find(id) : session.findByHash(String(id))))
    .filter((held) => held !== undefined);
}

export function textOf(args: Arguments, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberOf(args: Arguments, name: string): number | undefined {
  const value = args[name];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

export function flagOf(args: Arguments, name: string): boolean | undefined {
  const value = args[name];
  return typeof value === 'boolean' ? value : undefined;
}

export function numbersOf(args: Arguments, name: string): number[] | undefined {
  const value = args[name];
  if (!Array.isArray(value)) return undefined;
  return value.filter((entry) => Number.isSafeInteger(entry) && entry >= 0);
}

export function textsOf(args: Arguments, name: string): string[] | undefined {
  const value = args[name];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : undefined;
}

/**
 * A number that is on or off (`NAME` and `NAME-enabled`), of which a request may say one, both or nothing.
 * @param unset what holds when it is switched on without a number
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
