// Which options a daemon cannot follow, and which it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommonOptions } from '../../../cli/options.ts';
import type { DhtSetup } from '../share/options.ts';
import { disagreementOf, waysOf } from './reach-daemon.ts';

const PORT = 6881;
const NODE = { host: '127.0.0.1', port: 9 };
const PUBLIC: DhtSetup = { network: 'public', routers: null };
const OURS: DhtSetup = { network: 'ours', routers: ['a.example:1', 'b.example:2'] };

interface Case {
  readonly options: CommonOptions;
  /** The DHT of the daemon. */
  readonly dht: DhtSetup | null;
  /** Over what the daemon reaches peers: both by default. */
  readonly ways?: { readonly usesTcp: boolean; readonly usesUtp: boolean };
  /** That the options mean. */
  readonly network?: string;
  /** The option that is refused, and why. */
  readonly refused?: readonly [string, RegExp];
}

const CASES: readonly Case[] = [
  { options: {}, dht: PUBLIC },
  { options: { port: PORT }, dht: PUBLIC },
  { options: { port: 0 }, dht: PUBLIC },
  { options: { port: 7000 }, dht: PUBLIC, refused: ['--port', /listens on port 6881/] },
  { options: { encryption: 'allowed' }, dht: PUBLIC },
  {
    options: { encryption: 'required' },
    dht: PUBLIC,
    refused: ['--encryption', /encryption is allowed there/],
  },
  { options: { utp: true, tcp: true }, dht: PUBLIC },
  { options: { utp: false }, dht: PUBLIC, refused: ['--no-utp', /uses uTP/] },
  { options: { tcp: false }, dht: PUBLIC, refused: ['--no-tcp', /uses TCP/] },
  { options: { utp: false }, dht: PUBLIC, ways: { usesTcp: true, usesUtp: false } },
  { options: { tcp: false }, dht: PUBLIC, ways: { usesTcp: false, usesUtp: true } },
  {
    options: { utp: true },
    dht: PUBLIC,
    ways: { usesTcp: true, usesUtp: false },
    refused: ['--utp', /does without uTP/],
  },
  // Of one share.
  { options: { dht: false, lsd: false, limitDown: 5000, limitUp: 5000 }, dht: PUBLIC },
  // It takes them.
  { options: { dhtNode: [NODE] }, dht: PUBLIC },
  { options: { dhtNode: [NODE] }, dht: null, refused: ['--dht-node', /does without the DHT/] },
  { options: {}, dht: OURS, network: 'ours' },
  { options: {}, dht: OURS, network: 'theirs', refused: ['--network-key', /DHT of another group/] },
  { options: {}, dht: PUBLIC, network: 'ours', refused: ['--network-key', /in the public DHT/] },
  { options: {}, dht: null, network: 'ours', refused: ['--network-key', /does without the DHT/] },
  { options: { dhtRouter: ['b.example:2', 'a.example:1'] }, dht: OURS },
  { options: { dhtRouter: [] }, dht: { network: 'public', routers: [] } },
  { options: { dhtRouter: [] }, dht: PUBLIC, refused: ['--dht-router', /the well-known DHT nodes/] },
  {
    options: { dhtRouter: ['a.example:1'] },
    dht: OURS,
    refused: ['--dht-router', /a.example:1, b.example:2/],
  },
  {
    options: { dhtRouter: ['a.example:1'] },
    dht: { network: 'public', routers: [] },
    refused: ['--dht-router', /none of the well-known/],
  },
];

const BOTH = { usesTcp: true, usesUtp: true };

for (const { options, dht, ways = BOTH, network, refused } of CASES)
  test(`beside a daemon: ${JSON.stringify({ options, dht, ways, network })}`, () => {
    const found = disagreementOf(
      options,
      { peerPort: PORT, inEffect: { dht, encryption: 'allowed', ...ways } },
      network,
    );
    assert.equal(found?.option, refused?.[0]);
    if (refused !== undefined) assert.match(found!.has, refused[1]);
  });

test('a share finds peers as its daemon does, unless the command says otherwise', () => {
  assert.deepEqual(waysOf({ dht: true }), {});
  assert.deepEqual(waysOf({ dht: false, lsd: false }), { usesDht: false, usesLsd: false });
});
