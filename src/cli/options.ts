/** The values of options that commands share. A wrong value is wrong usage: exit status 2. */
import { InvalidArgumentError, Option } from 'commander';
import { type Address, parseHostPort } from '../ground/address.ts';
import { isPieceLength } from '../data/content/piece-length.ts';
import { ENCRYPTION_POLICIES, type EncryptionPolicy } from '../net/encryption/core/policy.ts';
import { Output } from './output.ts';

export interface CommonOptions {
  readonly port?: number;
  readonly state?: string;
  readonly limitDown?: number;
  readonly limitUp?: number;
  readonly dht?: boolean;
  readonly lsd?: boolean;
  readonly encryption?: EncryptionPolicy;
  readonly utp?: boolean;
  readonly tcp?: boolean;
  readonly dhtNode?: readonly Address[];
  readonly dhtRouter?: readonly string[];
  readonly networkKey?: string;
  /** Set by the code alone: a crawl limits itself. */
  readonly queriesPerSecond?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export function createOutput(options: CommonOptions): Output {
  return new Output({
    json: options.json === true,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
  });
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

/** No default: what is set holds without it. */
export const encryptionOption = (): Option =>
  new Option('--encryption <policy>', 'encrypt connections to peers (default: allowed)').choices(
    ENCRYPTION_POLICIES,
  );

const POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3 };

/** `1000`, `16K`, `1.5M` and `2MiB` are binary multiples; `500kB/s` is 500,000. */
function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(i?b)?(?:\/s)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, number, prefix, unit] = match;
  const base = unit?.toLowerCase() === 'b' ? 1000 : 1024;
  return Math.round(Number(number) * base ** POWERS[prefix!.toLowerCase()]!);
}

export function parseRate(text: string): number {
  const rate = parseSize(text);
  if (rate === undefined || rate < 1024 || !Number.isSafeInteger(rate))
    throw new InvalidArgumentError(
      'A rate is a number of bytes a second from 1K (1024), e.g. 500K, 2M or 5MB/s.',
    );
  return rate;
}

export function parsePieceLength(text: string): number {
  const length = parseSize(text);
  if (length === undefined || !isPieceLength(length)) {
    throw new InvalidArgumentError('A piece length is a power of two from 16K to 64M.');
  }
  return length;
}

/** Those of the settings of a daemon: 190 years, and more than anybody sends. */
export const MAX_MINUTES = 100_000_000;
export const MAX_RATIO = 1_000_000;

/** @throws InvalidArgumentError */
function parseBounded(text: string, most: number, what: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > most)
    throw new InvalidArgumentError(`${what} from 0 to ${most}.`);
  return value;
}

export const parseSeconds = (text: string): number =>
  parseBounded(text, 60 * MAX_MINUTES, 'Seconds are a number');

export const parseRatio = (text: string): number => parseBounded(text, MAX_RATIO, 'A ratio is a number');

/** An empty path comes from an unset variable of the shell, and does not mean the current folder. */
export function parsePath(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('A path is not empty.');
  if (text.length > MAX_PATH_LENGTH)
    throw new InvalidArgumentError(`A path has at most ${MAX_PATH_LENGTH} characters.`);
  return text;
}

/** `PATH_MAX` of Linux. */
const MAX_PATH_LENGTH = 4096;
const MAX_PATTERN_LENGTH = 1000;

/** Globs over paths of files. */
export function collectPattern(text: string, before: readonly string[] | undefined): string[] {
  if (text.trim() === '' || text.length > MAX_PATTERN_LENGTH)
    throw new InvalidArgumentError(`A pattern has 1 to ${MAX_PATTERN_LENGTH} characters.`);
  return collect(text, before);
}

const MAX_LABEL_LENGTH = 100;

export function collectLabel(text: string, before: readonly string[] | undefined): string[] {
  if (text.trim() === '' || text.length > MAX_LABEL_LENGTH)
    throw new InvalidArgumentError(`A label has 1 to ${MAX_LABEL_LENGTH} characters.`);
  return collect(text, before);
}

/** Collects a repeatable option. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

const MAX_URL_LENGTH = 2000;
/** A name of 255, and its port. */
const MAX_PEER_LENGTH = 300;

/** One tier of trackers: URLs with commas between. */
export function collectTracker(text: string, before: readonly string[] | undefined): string[] {
  for (const url of text.split(',')) {
    if (!URL.canParse(url) || !/^(https?|udp):$/.test(new URL(url).protocol))
      throw new InvalidArgumentError('A tracker is an http, https or udp address.');
    if (url.length > MAX_URL_LENGTH)
      throw new InvalidArgumentError(`A tracker has at most ${MAX_URL_LENGTH} characters.`);
  }
  return collect(text, before);
}

export function collectWebSeed(text: string, before: readonly string[] | undefined): string[] {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('A web seed is an http or https address.');
  }
  return collect(text, before);
}

export function collectPeer(text: string, before: readonly Address[] | undefined): Address[] {
  const peer = text.length > MAX_PEER_LENGTH ? undefined : parseHostPort(text);
  if (peer === undefined) throw new InvalidArgumentError('A peer is HOST:PORT; IPv6 as [ADDRESS]:PORT.');
  return [...(before ?? []), peer];
}

/** "none" empties the list. */
export function collectRouter(text: string, before: readonly string[] | undefined): string[] {
  if (text === 'none') return [];
  if (parseHostPort(text) === undefined)
    throw new InvalidArgumentError('A DHT node is HOST:PORT; IPv6 as [ADDRESS]:PORT.');
  return collect(text, before);
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,15}$/.test(text) || !Number.isSafeInteger(count))
    throw new InvalidArgumentError('A whole number from 0 up.');
  return count;
}

export function versionOptions(): Option[] {
  return [
    new Option('--v1', 'make BitTorrent v1 only').conflicts(['v2', 'hybrid']),
    new Option('--v2', 'make BitTorrent v2 only').conflicts(['v1', 'hybrid']),
    new Option('--hybrid', 'make v1 and v2 in one (default)').conflicts(['v1', 'v2']),
  ];
}

export function chosenVersion(options: {
  readonly v1?: boolean;
  readonly v2?: boolean;
}): 'v1' | 'v2' | 'hybrid' {
  return options.v1 === true ? 'v1' : options.v2 === true ? 'v2' : 'hybrid';
}
