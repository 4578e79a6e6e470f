// A person's own rules, what is remembered of them, and what takes the place of the block list.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HASH, LIST, OTHER, RulesBed } from '../../../../testkit/rules-bed.ts';
import { parseHost } from '../../../ground/address.ts';
import { BlockList } from './block-list.ts';

test('own rules and exceptions: kept, shown, removed by any form of their name', async (t) => {
  const bed = new RulesBed(t);
  let rules = await bed.open();
  await rules.add(`magnet:?xt=urn:btih:${HASH}`, { reason: 'not for children' });
  await rules.add('10.0.0.9/8');
  rules.allow('10.1.2.3', 'a friend');
  rules = await bed.open();
  assert.deepEqual(
    rules.own.map(({ subject, effect, reason }) => [subject, effect, reason]),
    [
      [HASH, 'deny', 'not for children'],
      ['10.0.0.0/8', 'deny', ''],
      ['10.1.2.3', 'allow', 'a friend'],
    ],
  );
  const denied = (host: string): boolean => rules.filter.denyHost(parseHost(host)!, 'peer') !== undefined;
  assert.deepEqual([denied('10.1.2.2'), denied('10.1.2.3'), denied('11.1.2.3')], [true, false, false]);
  // One thing is either denied or an exception: what was said last.
  rules.allow(HASH.toUpperCase());
  assert.equal(bed.denies(HASH), false);
  await rules.add(HASH);
  assert.equal(bed.denies(HASH), true);
  assert.deepEqual(rules.remove('10.0.0.0/8'), ['10.0.0.0/8']);
  assert.equal(denied('10.1.2.2'), false);
  for (const what of ['nothing', '10.0.0.0/8'])
    assert.throws(() => rules.remove(what), { code: 'not-found' });
  await assert.rejects(rules.add('nonsense'), {
    code: 'bad-argument',
    message: /"nonsense" is no info hash/,
  });
});

test('an exception goes before a list, and check names what denies without writing it down', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  bed.put(LIST, `${HASH} # spam\n${OTHER}`);
  await rules.add(LIST);
  const magnet = `magnet:?xt=urn:btih:${HASH}&dn=x`;
  const [checked] = rules.check(magnet);
  assert.deepEqual(checked, {
    subject: HASH,
    verdict: { list: 'lists.example/bad.txt', reason: 'spam', line: 1 },
  });
  rules.allow(magnet);
  assert.equal(rules.check(magnet)[0]!.verdict, undefined);
  for (const what of [
    '203.0.113.9',
    '203.0.113.9:6881',
    'http://[2001:db8::1]:80/x',
    '/ipfs/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo/a',
  ])
    assert.equal(rules.check(what)[0]!.verdict, undefined, what);
  assert.throws(() => rules.check('host.example'), { code: 'bad-argument' });
  assert.equal(rules.refusalCount, 0);
});

test('who listens hears of every change', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  let heard = 0;
  const stop = rules.filter.listen(() => heard++);
  bed.put(LIST, HASH);
  await rules.add(LIST);
  const added = heard;
  assert.ok(added > 0);
  rules.remove(LIST);
  assert.ok(heard > added);
  assert.equal(existsSync(join(bed.folder, 'rules', '1.list')), false);
  stop();
  const before = heard;
  await rules.add(HASH);
  assert.equal(heard, before);
});

test('a rule that is said again keeps its reason, unless another is given', async (t) => {
  const rules = await new RulesBed(t).open();
  await rules.add(HASH, { reason: 'spam' });
  await rules.add(HASH);
  assert.deepEqual(
    rules.own.map(({ reason }) => reason),
    ['spam'],
  );
  await rules.add(HASH, { reason: 'malware' });
  assert.deepEqual(
    rules.own.map(({ reason }) => reason),
    ['malware'],
  );
});

test('what was refused is written down, also over a restart, until it is forgotten', async (t) => {
  const bed = new RulesBed(t);
  let rules = await bed.open();
  await rules.add(HASH, { reason: 'spam' });
  bed.denies(HASH);
  bed.denies(HASH);
  rules = await bed.open();
  const [refusal] = rules.refusals(10);
  assert.deepEqual(
    [refusal!.subject, refusal!.occasion, refusal!.list, refusal!.reason, refusal!.count],
    [HASH, 'add', 'own rules', 'spam', 2],
  );
  rules.clearRefusals();
  rules = await bed.open();
  assert.equal(rules.refusalCount, 0);
});

test('the block list of older settings: taken over with its copy, switched, banned addresses', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  writeFileSync(join(bed.folder, 'blocklist.txt'), 'Bad:10.0.0.0-10.0.0.255\n');
  const list = new BlockList(rules, bed.folder);
  assert.deepEqual([list.isOn, list.url, list.banned, list.size], [false, '', [], 0]);
  list.change({ isOn: true, url: LIST, banned: ['192.0.2.7'] }, 'inside');
  await list.settled;
  assert.deepEqual([list.isOn, list.url, list.banned, list.size], [true, LIST, ['192.0.2.7'], 2]);
  assert.deepEqual(bed.asked, [], 'the copy of before is in effect');
  assert.ok(!existsSync(join(bed.folder, 'blocklist.txt')));
  assert.equal(readFileSync(join(bed.folder, 'rules', '1.list'), 'latin1'), 'Bad:10.0.0.0-10.0.0.255\n');
  list.change({ isOn: false, banned: [] }, 'inside');
  await list.settled;
  assert.deepEqual([list.size, rules.filter.allowsAllHosts], [0, true]);
  list.change({ isOn: true }, 'inside');
  await list.settled;
  assert.equal(list.size, 1);
  bed.put(LIST, 'Bad:10.0.0.0-10.0.0.255\nWorse:10.9.0.0-10.9.0.9');
  assert.equal(await list.update('inside'), 2);
});

test('a block list that is switched on and not here yet is fetched; without an address it cannot be', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  const list = new BlockList(rules, bed.folder);
  await assert.rejects(list.update('inside'), {
    code: 'bad-argument',
    message: /set the address of a block list first/,
  });
  list.change({ isOn: true }, 'inside');
  await list.settled;
  assert.deepEqual([list.isOn, bed.asked], [true, []]);
  bed.put(LIST, '10.0.0.0/8');
  list.change({ url: LIST }, 'inside');
  await list.settled;
  assert.equal(list.size, 1);
  // One that moves is fetched by this change, not by a timer: that would not have the reach of who asked.
  const moved = 'https://lists.example/moved.txt';
  bed.put(moved, '10.0.0.0/8\n192.0.2.0/24');
  list.change({ url: moved }, 'inside');
  await list.settled;
  assert.equal(list.size, 2);
  // One that is switched off while it is read does not come into effect.
  list.change({ isOn: false }, 'inside');
  list.change({ isOn: true }, 'inside');
  list.change({ isOn: false }, 'inside');
  await list.settled;
  assert.equal(list.size, 0);
});

test('a block list address that is none is its trouble, now and after a restart', async (t) => {
  const bed = new RulesBed(t);
  let rules = await bed.open();
  const list = new BlockList(rules, bed.folder);
  list.change({ isOn: true, url: 'http://' }, 'inside');
  await list.settled;
  assert.match(list.trouble!, /"http:\/\/" is no address/);
  rules = await bed.open();
  assert.match(new BlockList(rules, bed.folder).trouble!, /is no address/);
  await assert.rejects(rules.add('http://'), { code: 'bad-argument', message: /is no address of a list/ });
});

test('a change of the block list that fails is its trouble, and ends nothing', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  const list = new BlockList(rules, bed.folder);
  list.change({ isOn: false, url: LIST }, 'inside');
  rules.filter.listen(() => {
    throw new Error('the disk is full');
  });
  list.change({ isOn: true }, 'inside');
  bed.put(LIST, '10.0.0.0/8');
  await list.settled;
  assert.match(list.trouble!, /the disk is full/);
});

test('a change of the block list that a full disk does not take changes nothing', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  const list = new BlockList(rules, bed.folder);
  const other = 'https://lists.example/other.txt';
  bed.put(LIST, '10.0.0.0/8');
  bed.put(other, '11.0.0.0/8');
  list.change({ isOn: true, url: LIST, banned: ['192.0.2.7'] }, 'inside');
  await list.settled;
  const before = { isOn: true, url: LIST, banned: ['192.0.2.7'], size: 2 };
  const now = ({ isOn, url, banned, size }: BlockList): object => ({ isOn, url, banned, size });
  assert.deepEqual(now(list), before);
  bed.fillDisk();
  let heard = 0;
  rules.filter.listen(() => heard++);
  const banned = Array.from({ length: 5000 }, (_, n) => `198.51.${n >> 8}.${n & 255}`);
  const asked = bed.asked.length;
  assert.throws(() => list.change({ url: other, isOn: false, banned }, 'inside'), {
    code: 'no-space',
    message: 'cannot keep the rules: no space left on the disk',
  });
  await list.settled;
  assert.deepEqual([now(list), heard, bed.asked.length], [before, 0, asked]);
  const again = new BlockList(await bed.open(), bed.folder);
  assert.deepEqual([again.isOn, again.url, again.banned], [true, LIST, ['192.0.2.7']]);
});

test('switches of the block list hold at once, also behind a fetch that does not end', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  const list = new BlockList(rules, bed.folder);
  bed.put(LIST, '10.0.0.0/8');
  list.change({ isOn: true, url: LIST }, 'inside');
  await list.settled;
  const update = list.update('inside');
  while (bed.asked.length === 1) await Promise.resolve();
  // It was fetched, and is read in a later turn: these come in between.
  list.change({ isOn: false }, 'inside');
  assert.deepEqual([list.isOn, list.size], [false, 0]);
  list.change({ isOn: true }, 'inside');
  assert.equal(list.isOn, true);
  const other = `${LIST}?other`;
  bed.put(other, '10.0.0.0/8\n11.0.0.0/8');
  list.change({ isOn: false, url: other }, 'inside');
  assert.deepEqual([list.isOn, list.url], [false, other]);
  await update;
  await list.settled;
  assert.deepEqual([list.isOn, list.url, list.size], [false, other, 0]);
  const stored = (await bed.open()).sources.all[0]!.stored;
  assert.deepEqual([stored.isOn, stored.location, stored.triedAt], [false, other, undefined]);
});
