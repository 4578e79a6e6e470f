/** The DHT of a peer: its sockets and its memory put together, for a running peer and for one-shot commands alike. */
import { concatBytes } from '../../../ground/bytes.ts';
import { Endpoint } from '../../../ground/endpoint.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { Filter } from '../../../ground/filter.ts';
import type { Address } from '../../../ground/address.ts';
import { MIN_SECRET_LENGTH, networkNameOf } from './network-key.ts';
import { DhtService, type SavedNode } from './service.ts';
import type { UdpPorts } from '../../link/node/udp.ts';

export interface DhtOptions {
  /** Nodes to begin with besides the known ones; host names are resolved. */
  readonly nodes?: readonly Address[] | undefined;
  /** `HOST:PORT` of bootstrap nodes; several independent ones of the public network by default, none for []. */
  readonly routers?: readonly string[] | undefined;
  /** Asks and never answers (BEP 43): for a peer that runs for moments only. */
  readonly isReadOnly?: boolean | undefined;
  /** A secret that a group shares: their DHT is apart from the public one. At least 16 bytes. */
  readonly networkSecret?: Uint8Array | undefined;
  /** Queries that leave in a second at most. */
  readonly queriesPerSecond?: number | undefined;
  /** Addresses that we do not talk to, and content that we do not keep or tell. */
  readonly filter?: Filter | undefined;
}

/** A table as it is kept between runs. */
export interface DhtRecord {
  readonly family: 4 | 6;
  readonly id: Uint8Array;
  readonly externalHost: Uint8Array | undefined;
  /** Compact node infos. */
  readonly contacts: Uint8Array;
}

/** The routing tables between runs, one for each network. One process at a time owns a table. */
export interface DhtMemory {
  tryLock(key: string, network: string): boolean;
  unlock(key: string, network: string): void;
  readonly network: {
    loadDht(network: string): readonly DhtRecord[];
    saveDht(network: string, record: DhtRecord): void;
  };
}

const LOCK = 'dht';

/** Starts DHT nodes on the sockets, with the table of last time. */
export function startDht(udp: UdpPorts, state: DhtMemory, options: DhtOptions): DhtService {
  const { networkSecret } = options;
  if (networkSecret !== undefined && networkSecret.length < MIN_SECRET_LENGTH) {
    throw new ShoalError(
      'bad-argument',
      `the secret of a private network has at least ${MIN_SECRET_LENGTH} bytes`,
    );
  }
  const network = networkNameOf(networkSecret);
  // Two nodes with one id would not hear each other: the id belongs to the process that took it first, and so does saving.
  const isOwner = state.tryLock(LOCK, network);
  const records = state.network.loadDht(network).map(readRecord);
  const service = new DhtService({
    datagrams: udp.channel('dht'),
    isReadOnly: options.isReadOnly,
    routers: options.routers,
    starts: options.nodes,
    networkSecret,
    queriesPerSecond: options.queriesPerSecond,
    filter: options.filter,
    saved: isOwner ? records : records.map((record) => ({ ...record, id: undefined })),
    save: (nodes) => {
      for (const node of nodes) if (isOwner) state.network.saveDht(network, writeRecord(node));
    },
    onClosed: () => {
      if (isOwner) state.unlock(LOCK, network);
    },
  });
  service.start();
  return service;
}

function writeRecord(node: SavedNode): DhtRecord {
  const { family, id, externalHost } = node;
  return {
    family,
    id: id!,
    externalHost,
    contacts: concatBytes(node.contacts.flatMap((contact) => [contact.id, contact.endpoint.compact])),
  };
}

function readRecord(record: DhtRecord): SavedNode {
  const size = record.family === 4 ? 26 : 38;
  const contacts: { id: Uint8Array; endpoint: Endpoint }[] = [];
  for (let at = 0; at + size <= record.contacts.length; at += size) {
    const endpoint = Endpoint.fromCompact(record.contacts.subarray(at + 20, at + size));
    if (endpoint !== undefined) contacts.push({ id: record.contacts.slice(at, at + 20), endpoint });
  }
  const { family, id, externalHost } = record;
  return { family, id, externalHost, contacts };
}
