// The lists of a daemon with a clock and a web of the test: what is read when, what a failure leaves in effect, what a
// signature is good for.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { HASH, HOUR, LIST, OTHER, RulesBed } from '../../../../testkit/rules-bed.ts';
import { fromHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { RuleStore } from './rule-store.ts';
import type { Rules } from './rules.ts';
import { type Source, Sources } from './sources.ts';

const sourceOf = (rules: Rules): Source => rules.sources.all[0]!;

test('a list is read when it is added, then every day with its version, and is there after a restart', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  bed.put(LIST, `${HASH} # spam`, '"1"');
  await rules.add(LIST);
  assert.deepEqual(rules.filter.denyHash(fromHex(HASH)!, 'add'), {
    list: 'lists.example/bad.txt',
    reason: 'spam',
    line: 1,
  });
  await bed.pass(23 * HOUR);
  assert.deepEqual(bed.asked, [LIST]);
  await bed.pass(2 * HOUR);
  assert.deepEqual(bed.asked.splice(0), [LIST, `${LIST} unless "1"`]);
  bed.put(LIST, `${OTHER}\n`, '"2"');
  await bed.pass(24 * HOUR);
  assert.deepEqual([bed.denies(HASH), bed.denies(OTHER)], [false, true]);
  // Nothing is fetched for what is kept.
  bed.asked.length = 0;
  bed.web.clear();
  await bed.open();
  assert.deepEqual([bed.denies(OTHER), bed.asked], [true, []]);
});

const broken: readonly (readonly [string, (bed: RulesBed) => void, RegExp])[] = [
  ['is gone', (bed) => bed.web.delete(LIST), /HTTP status 404/],
  [
    'cannot be reached',
    (bed) => bed.web.set(LIST, new ShoalError('fetch-failed', 'no such host name')),
    /no such host/,
  ],
  ['is a web page', (bed) => bed.put(LIST, '<!DOCTYPE html><p>Not found'), /is a web page, not a list/],
  ['is empty', (bed) => bed.put(LIST, ''), /denies nothing/],
  [
    'has only lines that cannot be read',
    (bed) => bed.put(LIST, 'once\nupon a time'),
    /none of its 2 lines can be read; line 1: "once"/,
  ],
];
for (const [what, breakIt, trouble] of broken)
  test(`a list that ${what} stays as it was, says why, and is tried again sooner`, async (t) => {
    const bed = new RulesBed(t);
    const rules = await bed.open();
    bed.put(LIST, HASH);
    await rules.add(LIST);
    breakIt(bed);
    await bed.pass(24 * HOUR);
    assert.equal(bed.denies(HASH), true);
    assert.match(sourceOf(rules).stored.trouble!, trouble);
    bed.put(LIST, OTHER);
    await bed.pass(HOUR / 2);
    assert.deepEqual(
      [bed.denies(HASH), bed.denies(OTHER), sourceOf(rules).stored.trouble],
      [false, true, undefined],
    );
  });

test('a list that cannot be read is not added, and a second time neither', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  await assert.rejects(rules.add(LIST), { code: 'fetch-failed' });
  assert.deepEqual(rules.sources.all, []);
  bed.put(LIST, HASH);
  await rules.add(LIST);
  await assert.rejects(rules.add(LIST), { code: 'name-conflict' });
});

test('the copy of a list that was damaged is read again from its source', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  bed.put(LIST, `${HASH}\n`, '"1"');
  await rules.add(LIST);
  rmSync(join(bed.folder, 'rules', `${sourceOf(rules).stored.id}.list`));
  await bed.open();
  assert.equal(bed.denies(HASH), false);
  await bed.pass(1);
  assert.deepEqual([bed.denies(HASH), bed.asked.at(-1)], [true, LIST]);
});

test('a file is read again when it was written, and not before', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  const path = join(bed.folder, 'my.list');
  writeFileSync(path, `${HASH}\n`);
  await rules.add(path);
  assert.equal(Sources.nameOf(sourceOf(rules)), 'my.list');
  writeFileSync(path, `${HASH}\n${OTHER}\n`);
  await bed.pass(25 * HOUR);
  assert.equal(bed.denies(OTHER), true);
  await assert.rejects(rules.add(bed.folder), { code: 'bad-argument', message: /is a folder, not a list/ });
  await assert.rejects(rules.add(join(bed.folder, 'none')), { code: 'not-found' });
});

/** A key pair, and what minisign would write beside a list. */
function createSigner() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const number = Buffer.from('0102030405060708', 'hex');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const signatureOf = (list: string, isPrehashed = true, signer: KeyObject = privateKey): string => {
    const signed = isPrehashed ? createHash('blake2b512').update(list).digest() : Buffer.from(list);
    const signature = sign(null, signed, signer);
    const comment = 'timestamp:1\tfile:bad.txt';
    return [
      'untrusted comment: signature',
      Buffer.concat([Buffer.from(isPrehashed ? 'ED' : 'Ed'), number, signature]).toString('base64'),
      `trusted comment: ${comment}`,
      sign(null, Buffer.concat([signature, Buffer.from(comment)]), signer).toString('base64'),
      '',
    ].join('\n');
  };
  return { key: Buffer.concat([Buffer.from('Ed'), number, raw]).toString('base64'), signatureOf };
}

test('a signed list: each version counts only with its signature, by either algorithm', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  const { key, signatureOf } = createSigner();
  const signature = `${LIST}.minisig`;
  bed.put(LIST, `${HASH}\n`);
  await assert.rejects(rules.add(LIST, { key }), {
    code: 'bad-signature',
    message: /has no signature beside it/,
  });
  bed.put(signature, signatureOf(`${HASH}\n`));
  await rules.add(LIST, { key });
  assert.equal(bed.denies(HASH), true);
  // A new version with the old signature: somebody between us and the publisher.
  bed.put(LIST, `${OTHER}\n`);
  await bed.pass(24 * HOUR);
  assert.deepEqual([bed.denies(HASH), bed.denies(OTHER)], [true, false]);
  assert.match(sourceOf(rules).stored.trouble!, /its signature does not fit it/);
  const forger = generateKeyPairSync('ed25519').privateKey;
  bed.put(signature, signatureOf(`${OTHER}\n`, true, forger));
  await bed.pass(HOUR);
  assert.equal(bed.denies(OTHER), false);
  bed.put(signature, signatureOf(`${OTHER}\n`).replace('timestamp:1', 'timestamp:2'));
  await bed.pass(HOUR);
  assert.match(sourceOf(rules).stored.trouble!, /trusted comment of its signature was changed/);
  bed.put(signature, signatureOf(`${OTHER}\n`, false));
  await bed.pass(2 * HOUR);
  assert.deepEqual([bed.denies(HASH), bed.denies(OTHER)], [false, true]);
});

test('a key that is none is refused before anything is fetched; only lists have keys', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  await assert.rejects(rules.add(LIST, { key: 'hello' }), {
    code: 'bad-argument',
    message: /public key of minisign/,
  });
  await assert.rejects(rules.add(HASH, { key: createSigner().key }), { code: 'bad-argument' });
  await assert.rejects(rules.add(LIST, { reason: 'x' }), { code: 'bad-argument' });
  assert.deepEqual(bed.asked, []);
});

test('a database that cannot be written makes no failed list due at once', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  bed.put(LIST, HASH);
  await rules.add(LIST);
  t.mock.method(RuleStore.prototype, 'updateSource', () => {
    throw new Error('database or disk is full');
  });
  bed.web.delete(LIST);
  bed.asked.length = 0;
  await bed.pass(24 * HOUR + 1);
  assert.deepEqual([bed.asked.length, sourceOf(rules).stored.failures, bed.denies(HASH)], [1, 1, true]);
  assert.ok([...bed.timers.values()].every(({ at }) => at > bed.nowMs));
});

test('each list that is due is read once, however many are', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  const lists = [1, 2, 3, 4, 5].map((number) => `${LIST}?${number}`);
  for (const list of lists) {
    bed.put(list, HASH);
    await rules.add(list);
  }
  bed.asked.length = 0;
  bed.nowMs += 24 * HOUR;
  // Each timer ends as soon as it can, also while lists are read.
  for (let turn = 0; turn < 200; turn++) {
    for (const [key, { at, action }] of [...bed.timers]) {
      if (at > bed.nowMs) continue;
      bed.timers.delete(key);
      action();
    }
    await setImmediate();
  }
  assert.deepEqual(bed.asked, lists);
});

test('only files of a bounded size are lists: what does not end stops no other work', async (t) => {
  const bed = new RulesBed(t);
  const rules = await bed.open();
  await assert.rejects(rules.add('/dev/zero'), { code: 'bad-argument', message: /is a pipe or a device/ });
  const path = join(bed.folder, 'my.list');
  writeFileSync(path, HASH);
  truncateSync(path, 129 * 1024 * 1024);
  await assert.rejects(rules.add(path), { code: 'bad-argument', message: /over 128 MiB/ });
  writeFileSync(path, HASH);
  const { key } = createSigner();
  writeFileSync(`${path}.minisig`, '');
  truncateSync(`${path}.minisig`, 1024 * 1024);
  await assert.rejects(rules.add(path, { key }), { code: 'bad-signature', message: /minisig is over/ });
  await rules.add(path);
  assert.equal(bed.denies(HASH), true);
});
