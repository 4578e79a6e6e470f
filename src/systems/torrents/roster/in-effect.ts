/**
 * Settings in effect. Some settings take effect at the next start, and options of `shoal up` override settings: interfaces
 * show what is in effect, and refuse a change that would have no effect.
 */
import { ShoalError } from '../../../ground/errors.ts';
import type { EncryptionPolicy } from '../../../net/encryption/core/policy.ts';
import type { DhtSetup } from '../share/options.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Settings } from '../settings.ts';

/** Settings that options of the start override. */
export type DecidedAtStart = 'usesDht' | 'usesLsd' | 'usesTcp' | 'usesUtp' | 'peerPort' | 'encryption';

export interface InEffect {
  readonly usesDht: boolean;
  readonly usesLsd: boolean;
  readonly usesPex: boolean;
  readonly usesTcp: boolean;
  readonly usesUtp: boolean;
  readonly peerPort: number;
  readonly encryption: EncryptionPolicy;
  /** Null without a DHT. */
  readonly dht: DhtSetup | null;
  /** Options of the start decide these, for as long as the daemon runs. */
  readonly decidedAtStart: readonly DecidedAtStart[];
}

export function inEffectOf(
  peer: Pick<ShoalPeer, 'dht' | 'dhtSetup' | 'usesLsd' | 'guards' | 'transports' | 'port' | 'encryption'>,
  decidedAtStart: readonly DecidedAtStart[],
): InEffect {
  return {
    usesDht: peer.dht !== undefined,
    usesLsd: peer.usesLsd,
    usesPex: peer.guards.usesPex,
    usesTcp: peer.transports !== 'utp',
    usesUtp: peer.transports !== 'tcp',
    peerPort: peer.port,
    encryption: peer.encryption,
    dht: peer.dhtSetup ?? null,
    decidedAtStart,
  };
}

/** `--utp`; the options that leave one alone decide one. */
export const hasBothTransports = (decidedAtStart: readonly DecidedAtStart[]): boolean =>
  decidedAtStart.includes('usesTcp') && decidedAtStart.includes('usesUtp');

/** These options switch off: only switching on is refused. */
const SWITCHED_OFF = [
  ['usesDht', 'the DHT is switched off with --no-dht'],
  ['usesLsd', 'the search in the local network is switched off with --no-lsd'],
  ['usesTcp', 'TCP is switched off with --no-tcp'],
  ['usesUtp', 'uTP is switched off with --no-utp'],
] as const;

const isTransport = (name: DecidedAtStart): boolean => name === 'usesTcp' || name === 'usesUtp';

/** @throws ShoalError unsupported */
export function requireChangeable(
  given: { readonly [Name in DecidedAtStart]?: Settings[Name] | undefined },
  decidedAtStart: readonly DecidedAtStart[],
): void {
  const hasBoth = hasBothTransports(decidedAtStart);
  if (hasBoth && (given.usesTcp === false || given.usesUtp === false))
    throw new ShoalError('unsupported', 'TCP and uTP are chosen with --utp: start the daemon without it');
  for (const [name, why] of SWITCHED_OFF)
    if (given[name] === true && decidedAtStart.includes(name) && !(hasBoth && isTransport(name)))
      throw new ShoalError('unsupported', `${why}: start the daemon without it`);
  if (given.peerPort !== undefined && decidedAtStart.includes('peerPort'))
    throw new ShoalError('unsupported', 'the port is chosen with --port: start the daemon without it');
  if (given.encryption !== undefined && decidedAtStart.includes('encryption'))
    throw new ShoalError(
      'unsupported',
      'encryption is chosen with --encryption: start the daemon without it',
    );
}
