// Lists as they are handed out, and what is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { parseHost } from '../../../ground/address.ts';
import { readListFile } from './list-file.ts';

const list = Buffer.from('# a list\nsomebody:1.2.3.0-1.2.3.255\n5.6.7.8\nnonsense\n');

function zip(content: Buffer, method: 0 | 8): Buffer {
  const name = Buffer.from('list.txt');
  const data = method === 8 ? deflateRawSync(content) : content;
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(data.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  // The directory of the archive follows.
  return Buffer.concat([header, name, data, Buffer.from('PK\x01\x02and so on', 'latin1')]);
}

for (const [name, bytes] of [
  ['plain', list],
  ['in gzip', gzipSync(list)],
  ['in two gzip parts', Buffer.concat([gzipSync(list.subarray(0, 20)), gzipSync(list.subarray(20))])],
  ['in a zip archive', zip(list, 8)],
  ['stored in a zip archive', zip(list, 0)],
] as const)
  test(`a list ${name}`, async () => {
    const { list: read, problemCount, text } = await readListFile(bytes, 'list');
    assert.deepEqual([read.size, problemCount], [2, 1]);
    const denies = (host: string): boolean => read.findHost(parseHost(host)!) !== undefined;
    assert.ok(denies('1.2.3.4') && denies('5.6.7.8') && !denies('9.9.9.9'));
    assert.deepEqual(Buffer.from(text), list);
  });

const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an empty file', new Uint8Array(), /denies nothing: it has no lines but comments/],
  ['comments alone', Buffer.from('# one\n// two\n\n'), /no lines but comments/],
  ['no list', Buffer.from('once upon a time\n'), /its one line cannot be read/],
  ['a web page', Buffer.from('\n<!DOCTYPE html><html>\n1.2.3.4\n</html>'), /is a web page/],
  ['a web page in gzip', gzipSync('<html>not found</html>'), /is a web page/],
  ['what only allows', Buffer.from('1.2.3.4 - 1.2.3.9 , 200 , friends\n'), /denies nothing/],
  ['another packer', Buffer.from('BZh91AY'), /packed with bzip2: unpack it first/],
  ['gzip that is cut off', gzipSync(list).subarray(0, 30), /cannot be unpacked/],
  ['a zip archive that is cut off', zip(list, 8).subarray(0, 20), /cut off/],
  ['a gzip bomb', gzipSync(Buffer.alloc(129 * 1024 * 1024)), /over 128 MiB/],
];
for (const [name, bytes, message] of refused)
  test(`no list: ${name}`, () =>
    assert.rejects(readListFile(bytes, 'list.p2p'), { code: 'bad-argument', message }));

test('other work goes on while a long list is read', async () => {
  const count = 100_000;
  const lines = Array.from({ length: count }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}\n`);
  let turns = 0;
  let next: NodeJS.Immediate;
  const work = (): void => {
    turns++;
    next = setImmediate(work);
  };
  work();
  await readListFile(Buffer.from(lines.join('')), 'list');
  clearImmediate(next!);
  assert.ok(turns > 10, `${turns} turns`);
});
