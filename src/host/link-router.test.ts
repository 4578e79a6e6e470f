// A link goes to the system that is sure of it, then to the first that may take it, and to one only.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkRouter, type OwnedOpener } from './link-router.ts';
import type { Claim } from './links.ts';

const opener = (system: string, claim: Claim, opened: string[]): OwnedOpener => ({
  system,
  opener: {
    claim: () => claim,
    open: async () => {
      opened.push(system);
      return { isNew: true, line: system, item: {} };
    },
  },
});

test('an opener that is sure goes before one that may take the link', async () => {
  const opened: string[] = [];
  const openers = [
    opener('no', 'no', opened),
    opener('may', 'maybe', opened),
    opener('sure', 'sure', opened),
  ];
  assert.deepEqual(await new LinkRouter(() => openers).open({ link: 'x:1' }), {
    system: 'sure',
    isNew: true,
    line: 'sure',
    item: {},
  });
  await new LinkRouter(() => openers.slice(0, 2)).open({ link: 'x:1' });
  assert.deepEqual(opened, ['sure', 'may']);
});

test('the systems that take a link are named, the surest first, and none opens it', () => {
  const opened: string[] = [];
  const openers = [
    opener('no', 'no', opened),
    opener('may', 'maybe', opened),
    opener('sure', 'sure', opened),
    opener('too', 'sure', opened),
  ];
  assert.deepEqual(new LinkRouter(() => openers).claimsOf('x:1'), [
    { system: 'sure', claim: 'sure' },
    { system: 'too', claim: 'sure' },
    { system: 'may', claim: 'maybe' },
  ]);
  assert.deepEqual(opened, []);
});

test('a link that no system takes is refused and shown, cut where it is long', async () => {
  const router = new LinkRouter(() => [opener('no', 'no', [])]);
  await assert.rejects(router.open({ link: 'x:1' }), { code: 'bad-link', message: /takes "x:1"$/ });
  await assert.rejects(router.open({ link: 'x'.repeat(5000) }), { message: /^.{0,160}x…"$/ });
  await assert.rejects(router.open({ link: new Uint8Array(3) }), { message: /takes this file$/ });
});

test('a link that its system refuses is not tried on another', async () => {
  const opened: string[] = [];
  const fails: OwnedOpener = {
    system: 'fails',
    opener: { claim: () => 'sure', open: () => Promise.reject(new Error('broken')) },
  };
  const router = new LinkRouter(() => [fails, opener('may', 'maybe', opened)]);
  await assert.rejects(router.open({ link: 'x:1' }), { message: 'broken' });
  assert.deepEqual(opened, []);
});
