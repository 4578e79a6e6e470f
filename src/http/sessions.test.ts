// Sessions outlive the daemon, end when they are ended, and do not outlive the token.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Sessions } from './sessions.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-sessions-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'api-sessions');

test('a session is there after a restart, with its account, and gone when it was ended', () => {
  const sessions = new Sessions('token', path);
  const [kept, ended, remote] = [
    sessions.begin(1000, true),
    sessions.begin(1000, true),
    sessions.begin(undefined, false),
  ];
  sessions.end(ended);
  const again = new Sessions('token', path);
  assert.equal(again.find(kept)!.account, 1000);
  assert.equal(again.find(ended), undefined);
  assert.equal(again.find(remote)!.account, undefined);
  assert.equal(again.find(''), undefined);
  assert.ok(!readFileSync(path, 'utf8').includes(kept), 'a cookie cannot be made of what is kept');
  assert.equal(statSync(path).mode & 0o077, 0);
  assert.equal(new Sessions('another token', path).find(kept), undefined);
});

test('there is a bound, and what is broken is no session', () => {
  const sessions = new Sessions('token', undefined);
  const page = sessions.begin(1, true);
  const first = sessions.begin(1, false);
  for (let i = 0; i < 500; i++) sessions.begin(1, false);
  assert.equal(sessions.find(first), undefined);
  assert.ok(sessions.find(page) !== undefined, 'programs do not sign a page out');
  for (const text of ['', 'null', '[]', '{"sessions":[null,{"name":1}]}', '{"token":']) {
    writeFileSync(path, text);
    assert.equal(new Sessions('token', path).find(first), undefined, text);
  }
});
