// Signed deny lists: minisign makes keys and signatures, by both of its algorithms, and a daemon takes or refuses the lists.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasProgram } from '../../scripts/setup-programs.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';

const skip = hasProgram('minisign') ? false : 'minisign is not installed';
const HASH = '00112233445566778899aabbccddeeff00112233';
const OTHER = 'ff112233445566778899aabbccddeeff00112233';
/** Of the specification: the same content as two CIDs, and a double hash of another. */
const CID = 'bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq';
const TWIN = 'QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo';
const LIST = `version: 1
name: A list of the test
description: things that were found
author: abuse@example.com
hints:
  gateway_status: 410
---
# what follows is denied
/ipfs/${CID}

/ipfs/f017b1114${HASH} reason:malware gateway_status:451
//QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM
/ipns/domain.example
`;

let bench: Bench;
before(async () => {
  bench = await Bench.open();
});
after(() => bench.close());

function minisign(...args: string[]): void {
  execFileSync('minisign', args, { cwd: bench.dir, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** @returns the path of the public key */
function createKey(name: string): string {
  const publicKey = join(bench.dir, `${name}.pub`);
  minisign('-G', '-f', '-W', '-p', publicKey, '-s', join(bench.dir, `${name}.key`));
  return publicKey;
}

function signList(path: string, key: string, ...more: string[]): void {
  minisign('-S', ...more, '-s', join(bench.dir, `${key}.key`), '-m', path, '-t', 'a trusted comment');
}

const write = (name: string, text: string): string => {
  const path = join(bench.dir, name);
  writeFileSync(path, text);
  return path;
};

for (const [what, option] of [
  ['the present algorithm', '-H'],
  ['the older algorithm', '-l'],
] as const)
  test(`a list that minisign signed with ${what} is taken; changed, it is not`, { skip }, async () => {
    const key = createKey('own');
    const daemon = await Daemon.up(bench, `signed${option}`);
    const list = write(`list${option}.deny`, LIST);
    signList(list, 'own', option);
    // The judge agrees.
    minisign('-V', '-p', key, '-m', list);
    const add = async (path: string, keyText: string) =>
      daemon.answer('POST', 'rules', { what: path, key: keyText });
    const added = await add(list, readFileSync(key, 'utf8'));
    assert.equal(added.status, 201, JSON.stringify(added.answer));
    const [source] = (added.answer as { sources: { name: string; rules: number; isSigned: boolean }[] })
      .sources;
    assert.deepEqual([source!.name, source!.rules, source!.isSigned], ['A list of the test', 4, true]);
    const { status, answer } = await daemon.answer('POST', 'shares', { link: HASH });
    assert.deepEqual(
      [status, answer.message],
      [422, 'the rules deny this share: malware (list "A list of the test")'],
    );

    const changed = join(bench.dir, `changed${option}.deny`);
    copyFileSync(list, changed);
    copyFileSync(`${list}.minisig`, `${changed}.minisig`);
    appendFileSync(changed, '!/ipns/domain.example\n');
    assert.throws(() => minisign('-V', '-p', key, '-m', changed));
    const refused = await add(changed, readFileSync(key, 'utf8'));
    assert.deepEqual([refused.status, refused.answer.code], [422, 'bad-signature']);
    await daemon.stop();
  });

test('a signed list from a server: another key, a comment that was changed, no signature; then a new version', {
  skip,
}, async () => {
  const key = createKey('server');
  const wrong = createKey('wrong');
  const list = write('served.deny', LIST);
  signList(list, 'server');
  const server = createServer((request, response) => {
    const path = join(bench.dir, basename(request.url!));
    try {
      response.end(readFileSync(path));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/served.deny`;
  const daemon = await Daemon.up(bench, 'served');
  const run = async (...args: string[]) => {
    const program = bench.shoal(['rules', ...args], { state: daemon.state });
    return { status: await program.exited, last: program.events.at(-1)! };
  };
  const byOther = await run('add', url, '--key', wrong);
  assert.match(String(byOther.last.message), /it was signed with key [0-9A-F]{16}, not with [0-9A-F]{16}/);
  const signature = `${list}.minisig`;
  const good = readFileSync(signature, 'utf8');
  writeFileSync(signature, good.replace('a trusted comment', 'another comment'));
  assert.throws(() => minisign('-V', '-p', key, '-m', list));
  assert.match(
    String((await run('add', url, '--key', key)).last.message),
    /trusted comment of its signature was changed/,
  );
  writeFileSync(signature, good);
  assert.equal((await run('add', url, '--key', key)).status, 0);

  for (const [path, isDenied] of [
    [`/ipfs/${CID}`, true],
    [`/ipfs/${TWIN}`, true],
    [`/ipfs/${TWIN}/below`, false],
    ['/ipfs/QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR', true],
    ['/ipns/domain.example', true],
    ['/ipns/other.example', false],
  ] as const) {
    const checked = await run('check', path);
    assert.deepEqual([checked.status, checked.last.isDenied], [isDenied ? 1 : 0, isDenied], path);
  }
  // A new version with the old signature does not count; with its own it does.
  writeFileSync(list, `${LIST}/ipfs/f017b1114${OTHER}\n`);
  assert.equal((await run('refresh')).status, 1);
  assert.equal((await run('check', OTHER)).status, 0);
  signList(list, 'server');
  assert.equal((await run('refresh')).status, 0);
  assert.equal((await run('check', OTHER)).status, 1);
  server.close();
  await daemon.stop();
});
