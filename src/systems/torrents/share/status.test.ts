// What a share tells people about itself and its peers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress } from '../../../ground/address.ts';
import type { Swarm } from '../swarm/core/swarm.ts';
import { briefStatusOf, describeClosed, searchTroubleOf } from './status.ts';

test('why a connection ended names the address once', () => {
  const address = createAddress('127.0.0.1', 1)!;
  const gone = (message: string): string => describeClosed(address, { code: 'x', message, guilty: 'nobody' });
  assert.equal(gone('127.0.0.1:1: nobody listens there'), '127.0.0.1:1 is gone: nobody listens there (x)');
  assert.equal(gone('it closed the connection'), '127.0.0.1:1 is gone: it closed the connection (x)');
});

test('the revision changes with what moves, and rests with the share', () => {
  const meter = (total: number, rate: number): object => ({ total, rate: () => rate });
  const revisionOf = (peers: number, total: number, rate: number, left = 3): string => {
    const content = { picker: { wantedLeft: left } };
    const swarm = { peers: { size: peers }, downloaded: meter(total, rate), uploaded: meter(0, 0), content };
    return briefStatusOf(swarm as unknown as Swarm, 'fetching', '').revision;
  };
  assert.equal(revisionOf(0, 5, 0), revisionOf(0, 9, 0), 'at rest, totals do not move');
  assert.equal(revisionOf(1, 5, 0.2), revisionOf(1, 5, 0.4), 'nobody sees fractions of a byte');
  const all = [
    revisionOf(0, 5, 0),
    revisionOf(0, 5, 0, 2),
    revisionOf(1, 5, 0),
    revisionOf(1, 6, 0),
    revisionOf(1, 6, 8),
  ];
  assert.equal(new Set(all).size, all.length);
});

const tracker = { url: 'http://t.example/', state: 'failed', message: 'it is full' } as never;
const seed = { url: 'http://w.example/', state: 'failed', message: 'HTTP 404' } as const;
const troubles: readonly (readonly [
  string,
  Partial<Parameters<typeof searchTroubleOf>[0]>,
  string | undefined,
])[] = [
  ['both are told', {}, 'tracker http://t.example/: it is full; web seed http://w.example/: HTTP 404'],
  ['a peer is connected', { peers: 1 }, undefined],
  ['nobody is looked for', { phase: 'checking' }, undefined],
  [
    'one web seed works',
    { webSeeds: [seed, { url: 'http://x.example/', state: 'working' }] },
    'tracker http://t.example/: it is full',
  ],
  ['there are none', { trackers: [], webSeeds: [] }, undefined],
];
for (const [name, given, expected] of troubles)
  test(`why nobody is found: ${name}`, () => {
    const plain = { phase: 'fetching', peers: 0, trackers: [tracker], webSeeds: [seed] } as const;
    assert.equal(searchTroubleOf({ ...plain, ...given }), expected);
  });
