/** The values of options that commands share. A wrong value is wrong usage: exit status 2. */
import { InvalidArgumentError, Option } from 'commander';
import { type Address, parseHostPort } from '../ground/address.ts';
import { isPieceLength } from '../data/content/piece-length.ts';
import { Output } from './output.ts';

export interface CommonOptions {
  readonly port?: number;
  readonly state?: string;
  readonly limitDown?: number;
  readonly limitUp?: number;
  readonly dht?: boolean;
  readonly lsd?: boolean;
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
  if (rate === undefined || rate < 1024)
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

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0) {
    throw new InvalidArgumentError('Seconds are a number from 0 up.');
  }
  return seconds;
}

export function parseRatio(text: string): number {
  const ratio = Number(text);
  if (text.trim() === '' || !Number.isFinite(ratio) || ratio < 0) {
    throw new InvalidArgumentError('A ratio is a number from 0 up.');
  }
  return ratio;
}

/** An empty path comes from an unset variable of the shell, and does not mean the current folder. */
export function parsePath(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('A path is not empty.');
  return text;
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

/** One tier of trackers: URLs with commas between. */
export function collectTracker(text: string, before: readonly string[] | undefined): string[] {
  for (const url of text.split(',')) {
    if (!URL.canParse(url) || !/^(https?|udp):$/.test(new URL(url).protocol)) {
      throw new InvalidArgumentError('A tracker is an http, https or udp address.');
    }
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
  const peer = parseHostPort(text);
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
