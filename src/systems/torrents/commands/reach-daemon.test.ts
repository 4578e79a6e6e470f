// Which options a daemon cannot follow, and which it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommonOptions } from '../../../cli/options.ts';
import { disagreementOf, waysOf } from './reach-daemon.ts';

const PORT = 6881;
const CASES: readonly (readonly [CommonOptions, string | undefined])[] = [
  [{}, undefined],
  [{ port: PORT }, undefined],
  [{ port: 0 }, undefined],
  [{ port: 7000 }, '--port'],
  [{ networkKey: 'secret' }, '--network-key'],
  [{ dhtNode: [] }, '--dht-node'],
  [{ dhtRouter: [] }, '--dht-router'],
  // Of one share.
  [{ dht: false, lsd: false, limitDown: 5000, limitUp: 5000 }, undefined],
];

for (const [options, expected] of CASES)
  test(`beside a daemon: ${JSON.stringify(options)}`, () => {
    assert.equal(disagreementOf(options, PORT)?.option, expected);
  });

test('a share finds peers as its daemon does, unless the command says otherwise', () => {
  assert.deepEqual(waysOf({ dht: true }), {});
  assert.deepEqual(waysOf({ dht: false, lsd: false }), { usesDht: false, usesLsd: false });
});
