/**
 * Checks settings and preferences for every interface: the HTTP API checks requests against the same schemas
 * (`../settings.ts`), programs of Transmission and qBittorrent meet the bounds here.
 */
import { parseHost } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { SharePreferences } from '../core/preferences.ts';
import {
  LABEL,
  labelOf,
  MAX_BANNED,
  MAX_LABELS,
  MAX_TAGS,
  SETTINGS,
  type Settings,
  SHARE_NUMBERS,
} from '../settings.ts';

interface Bound {
  readonly name: string;
  /** In messages: other interfaces have other names for it. */
  readonly title: string;
  readonly isWhole: boolean;
  readonly least: number;
  readonly most: number | undefined;
}

interface NumberSchema {
  readonly type: unknown;
  readonly title?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Of those properties that are numbers. */
function boundsOf({ properties }: { readonly properties: object }): readonly Bound[] {
  const found: Bound[] = [];
  for (const [name, schema] of Object.entries<NumberSchema>({ ...properties })) {
    const [type] = [schema.type].flat();
    if (type !== 'integer' && type !== 'number') continue;
    const { title = name, minimum: least = 0, maximum: most } = schema;
    found.push({ name, title, isWhole: type === 'integer', least, most });
  }
  return found;
}

const OF_SETTINGS = boundsOf(SETTINGS);
const OF_LABELS = boundsOf(LABEL);
const OF_SHARES = boundsOf(SHARE_NUMBERS);

type Values = Readonly<Record<string, unknown>>;

/** A value that does not change is not checked again. @throws ShoalError bad-argument */
function requireNumbers(given: Values, before: Values, bounds: readonly Bound[]): void {
  for (const { name, title, isWhole, least, most } of bounds) {
    const value = given[name];
    if (value === undefined || value === null || value === before[name]) continue;
    const isRight = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (isRight && Number(value) >= least && Number(value) <= (most ?? Number.MAX_SAFE_INTEGER)) continue;
    const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
    const number = isWhole ? 'a whole number' : 'a number';
    throw new ShoalError('bad-argument', `the ${title} has to be ${number} ${range}, not ${String(value)}`);
  }
}

function requireAtMost(found: number, most: number, what: string): void {
  if (found > most) throw new ShoalError('bad-argument', `at most ${most} ${what} are kept, not ${found}`);
}

const isWebAddress = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

/** @throws ShoalError bad-argument */
export function requireSettings(
  given: { readonly [Name in keyof Settings]?: Settings[Name] | undefined },
  before: Settings,
): void {
  requireNumbers(given, { ...before }, OF_SETTINGS);
  const { bannedAddresses = [], blocklistUrl = '', labels = {}, tags = [] } = given;
  requireAtMost(bannedAddresses.length, MAX_BANNED, 'banned addresses');
  requireAtMost(Object.keys(labels).length, MAX_LABELS, 'labels with settings');
  requireAtMost(tags.length, MAX_TAGS, 'tags');
  if (blocklistUrl !== '' && blocklistUrl !== before.blocklistUrl && !isWebAddress(blocklistUrl))
    throw new ShoalError('bad-argument', `"${blocklistUrl}" is no http or https address of a block list`);
  const { usesTcp = before.usesTcp, usesUtp = before.usesUtp } = given;
  if (!usesTcp && !usesUtp && (before.usesTcp || before.usesUtp))
    throw new ShoalError('bad-argument', 'without TCP and without uTP no peer can be reached');
  const banned = new Set(before.bannedAddresses);
  for (const address of bannedAddresses)
    if (!banned.has(address) && parseHost(address) === undefined)
      throw new ShoalError('bad-argument', `"${address}" is no IP address that could be banned`);
  for (const [name, label] of Object.entries(labels))
    requireNumbers({ ...label }, { ...labelOf(before.labels, name) }, OF_LABELS);
}

/** @throws ShoalError bad-argument */
export function requirePreferences(
  given: Partial<SharePreferences>,
  before: Partial<SharePreferences> = {},
): void {
  requireNumbers({ ...given }, { ...before }, OF_SHARES);
}
