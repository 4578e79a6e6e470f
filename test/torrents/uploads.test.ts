// Files that a page sends to be shared: whole or not at all, inside their folder, over nothing that is there.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Daemon, type DaemonAnswer } from '../../testkit/daemon.ts';

let bench: Bench;
let daemon: Daemon;
let folder: string;
before(async () => {
  bench = await Bench.open();
  daemon = await Daemon.up(bench, 'uploads');
  ({ folder } = daemon);
  writeFileSync(join(folder, 'note.txt'), 'mine');
});
after(() => bench.close());

const ask = (method: string, path: string, body?: object | Uint8Array): Promise<DaemonAnswer> =>
  daemon.answer(method, path, body);
const begin = async (name: string): Promise<string> =>
  (await ask('POST', 'uploads', { name })).answer.upload as string;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a folder is shared when all of it is here; a file alone is shared as a file, beside one of its name', async () => {
  const upload = await begin('Holiday');
  assert.equal((await ask('PUT', `uploads/${upload}/files/day%201/a.txt`, bytes('one'))).status, 204);
  assert.equal((await ask('PUT', `uploads/${upload}/files/b.txt`, bytes('two'))).status, 204);
  assert.equal(existsSync(join(folder, 'Holiday')), false, 'it has its name when it is whole');
  const shared = await ask('POST', `uploads/${upload}/share`, {});
  assert.deepEqual([shared.status, shared.answer.name, shared.answer.phase], [201, 'Holiday', 'seeding']);
  assert.equal(readFileSync(join(folder, 'Holiday', 'day 1', 'a.txt'), 'utf8'), 'one');

  const single = await begin('note.txt');
  await ask('PUT', `uploads/${single}/files/note.txt`, bytes('new'));
  assert.equal((await ask('POST', `uploads/${single}/share`, {})).answer.name, 'note (2).txt');
  assert.equal(readFileSync(join(folder, 'note.txt'), 'utf8'), 'mine');
});

test('removing data takes an uploaded copy, and never files that are shared in place', async () => {
  const upload = await begin('Sent');
  await ask('PUT', `uploads/${upload}/files/deep/a.txt`, bytes('sent'));
  const sent = await ask('POST', `uploads/${upload}/share`, {});
  const copy = join(folder, 'Sent');
  assert.equal(existsSync(join(copy, 'deep', 'a.txt')), true);
  // The record on disk counts, not the memory of this run.
  await daemon.stop();
  daemon = await Daemon.up(bench, 'uploads');
  const removed = await ask('DELETE', `shares/${String(sent.answer.id)}?data=true`);
  assert.deepEqual([removed.status, removed.answer], [200, { isDataRemoved: true, folder }]);
  assert.equal(existsSync(copy), false);

  const mine = join(bench.dir, 'kept');
  mkdirSync(mine);
  writeFileSync(join(mine, 'a.txt'), 'mine');
  const { answer } = await ask('POST', 'shares', { path: mine });
  const kept = await ask('DELETE', `shares/${String(answer.id)}?data=true`);
  assert.deepEqual([kept.status, kept.answer], [200, { isDataRemoved: false, folder: bench.dir }]);
  assert.equal(readFileSync(join(mine, 'a.txt'), 'utf8'), 'mine');
  const again = await ask('POST', 'shares', { path: mine });
  assert.equal((await ask('DELETE', `shares/${String(again.answer.id)}`)).status, 204);
});

test('paths stay inside, names are made safe, nothing comes twice, and an upload that is given up is gone', async () => {
  const upload = await begin('../../evil');
  for (const path of ['..%2F..%2Fx', '%2e%2e/x', 'a/%2e%2e/%2e%2e/x', ''])
    assert.ok((await ask('PUT', `uploads/${upload}/files/${path}`, bytes('x'))).status >= 400, path);
  assert.equal((await ask('PUT', `uploads/${upload}/files/con%3A%00.txt`, bytes('x'))).status, 204);
  assert.equal((await ask('PUT', `uploads/${upload}/files/twice`, bytes('x'))).status, 204);
  assert.equal((await ask('PUT', `uploads/${upload}/files/TWICE`, bytes('y'))).status, 409);
  assert.equal((await ask('POST', `uploads/${await begin('empty')}/share`, {})).status, 400);
  assert.equal((await ask('PUT', 'uploads/nothing/files/x', bytes('x'))).status, 404);
  await ask('DELETE', `uploads/${upload}`);
  assert.equal((await ask('POST', `uploads/${upload}/share`, {})).status, 404);
  assert.equal(existsSync(join(bench.dir, 'x')), false);
  const left = readdirSync(folder).filter((name) => name.includes(upload));
  assert.deepEqual(left, []);
});
