/**
 * The fields of a request to qBittorrent's API: its query and its form together, because programs use either. All values
 * are text. A value that cannot be read is refused, never replaced by a default.
 */
import { isAbsolute } from 'node:path';
import type { FastifyRequest } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import { MIN_RATE } from '../settings.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';

/** More fields than any program sends. */
export const MAX_FIELDS = 1000;

/** A form as a content type parser hands it on. */
export interface SentForm {
  /** Of fields with the same name, the last one counts. */
  readonly fields: Iterable<readonly [string, string]>;
  /** Under any field name: programs differ. */
  readonly files: readonly Uint8Array[];
}

export class Form {
  readonly #fields: ReadonlyMap<string, string>;
  /** Files of a multipart form, under any field name: programs differ. */
  readonly files: readonly Uint8Array[];

  constructor(fields: ReadonlyMap<string, string>, files: readonly Uint8Array[] = []) {
    this.#fields = fields;
    this.files = files;
  }

  get names(): Iterable<string> {
    return this.#fields.keys();
  }

  /** Undefined when the field is absent; an empty text is a value. */
  get(name: string): string | undefined {
    return this.#fields.get(name);
  }

  /** Undefined also when the field is empty. */
  text(name: string): string | undefined {
    const text = this.get(name)?.trim();
    return text === '' ? undefined : text;
  }

  /** @throws ShoalError bad-argument */
  require(name: string): string {
    const text = this.text(name);
    if (text === undefined) throw new ShoalError('bad-argument', `the field "${name}" is missing`);
    return text;
  }

  /** At least one of the fields is present, if only empty. @throws ShoalError bad-argument */
  requireAny(...names: readonly string[]): void {
    if (names.every((name) => this.get(name) === undefined))
      throw new ShoalError('bad-argument', `the field "${names.join('" or "')}" is missing`);
  }

  /** @throws ShoalError bad-argument */
  flag(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    throw new ShoalError('bad-argument', `"${name}" has to be true or false`);
  }

  /** @throws ShoalError bad-argument */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isFinite(value)) throw new ShoalError('bad-argument', `"${name}" has to be a number`);
    return value;
  }

  /** Bytes a second; 0 or less is no limit. @returns undefined when the field is absent */
  limit(name: string): number | null | undefined {
    const value = this.number(name);
    if (value === undefined) return undefined;
    return value > 0 ? Math.max(MIN_RATE, Math.round(value)) : null;
  }

  /** -1 or less is no goal. @returns undefined for -2, the setting of the daemon, and when the field is absent */
  goal(name: string): number | null | undefined {
    const value = this.number(name);
    if (value === undefined || value === AS_ALL) return undefined;
    return value < 0 ? null : value;
  }

  /** @throws ShoalError bad-argument */
  folder(name: string): string | undefined {
    const path = this.text(name);
    if (path !== undefined && !isAbsolute(path))
      throw new ShoalError('bad-argument', `"${name}" has to be an absolute path, and "${path}" is none`);
    return path;
  }

  list(name: string, separator: RegExp | string): string[] {
    return (this.get(name) ?? '')
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
}

/** A goal: the setting of the daemon holds. */
export const AS_ALL = -2;

/**
 * @param request its body was parsed by `routes.ts`
 * @throws ShoalError bad-argument
 */
export function readForm({ query, body }: FastifyRequest): Form {
  const { fields: sent, files } = (body ?? { fields: [], files: [] }) as SentForm;
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(query as Readonly<Record<string, unknown>>))
    if (typeof value === 'string') fields.set(name, value);
  for (const [name, value] of sent) fields.set(name, value);
  if (fields.size > MAX_FIELDS)
    throw new ShoalError('bad-argument', `a form has at most ${MAX_FIELDS} fields`);
  return new Form(fields, files);
}

/**
 * `hashes=a|b` or `hashes=all`. Unknown hashes are skipped, as qBittorrent does.
 * @throws ShoalError bad-argument when the field is absent
 */
export function sharesOf(roster: Roster, form: Form): RosterEntry[] {
  form.requireAny('hashes');
  if (form.get('hashes') === 'all') return [...roster.all];
  return form
    .list('hashes', '|')
    .map((hash) => roster.findByHash(hash))
    .filter((entry) => entry !== undefined);
}

/** @throws ShoalError not-found */
export function shareOf(roster: Roster, form: Form): RosterEntry {
  const hash = form.text('hash');
  const entry = hash === undefined ? undefined : roster.findByHash(hash);
  if (entry === undefined) throw new ShoalError('not-found', `there is no torrent ${hash ?? ''}`);
  return entry;
}
