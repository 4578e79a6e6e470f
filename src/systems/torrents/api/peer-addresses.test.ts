// How the interfaces of other clients tell the address of a peer, whatever network it is in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RosterEntry } from '../roster/entry.ts';
import { peersOf } from '../qbittorrent/torrents.ts';
import { FIELDS, type View } from '../transmission/fields.ts';

const CASES: readonly (readonly [string, string, number])[] = [
  ['192.0.2.7:6881', '192.0.2.7', 6881],
  ['[2001:db8::7]:6881', '2001:db8::7', 6881],
  // A name, which happens to end in what looks like a port.
  ['mesh://relay:7000/abc', 'mesh://relay:7000/abc', 0],
  ['onion://abcdef', 'onion://abcdef', 0],
];

const entryOf = (address: string): RosterEntry =>
  ({ share: { peers: () => [{ address }] } }) as unknown as RosterEntry;

for (const [address, host, port] of CASES)
  test(`the peer at ${address}`, () => {
    const entry = entryOf(address);
    const { peers } = peersOf(entry, 0) as { peers: Record<string, { ip: string; port: number }> };
    assert.deepEqual([peers[address]!.ip, peers[address]!.port], [host, port]);
    const [told] = FIELDS.peers!({ entry } as View) as { address: string; port: number }[];
    assert.deepEqual([told!.address, told!.port], [host, port]);
  });
