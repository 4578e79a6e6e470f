// Imperfect input of other programs and people: torrent files with bytes behind them, trackers' answers,
// links out of mails and pages, and files that are no torrents.
import assert from 'node:assert/strict';
import { appendFile, copyFile, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeMetainfo, encodeMetainfo } from '../../src/data/content/metainfo.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { Bench } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import type { Program } from '../../testkit/program.ts';

let bench: Bench;
let data: string;
let torrent: string;
let magnet: string;
let port: number;

before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  torrent = join(bench.dir, 'whole.torrent');
  await bench.shoal(['create', data, '-o', torrent, '--piece-length', '64K']).event('created');
  const ready = await bench.shoal(['share', torrent, '--dir', dirname(data), '--port', '0']).event('ready');
  port = ready.port as number;
  magnet = `magnet:?xt=urn:btih:${String(ready.infoHashV1)}`;
});
after(() => bench.close());

let outputs = 0;

/** Fetches, and compares with what is shared. */
async function fetchAll(link: string, ...more: string[]): Promise<Program> {
  const out = await bench.folder(`out${outputs++}`);
  const get = bench.shoal(['get', link, '-o', out, '--port', '0', ...more]);
  await get.event('done');
  assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  return get;
}

/** An HTTP tracker that gives one answer, `PEERS` in it standing for the seed; it notes what it is asked. */
async function withTracker(
  answer: string,
  work: (url: string, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url!);
    const compact = String.fromCharCode(127, 0, 0, 1, port >> 8, port & 255);
    response.end(Buffer.from(answer.replace('PEERS', `6:${compact}`).replace('PORT', `${port}`), 'latin1'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as { port: number }).port}/announce`, asked);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('a torrent file with something behind it is fetched; inspect tells of it', async () => {
  const path = join(bench.dir, 'behind.torrent');
  await copyFile(torrent, path);
  await appendFile(path, '\r\n<b>Warning</b>: a line of the site');
  await fetchAll(path, '--peer', `127.0.0.1:${port}`);
  const inspect = bench.shoal(['inspect', path]);
  assert.equal(await inspect.exited, 0);
  assert.match(inspect.output, /"code":"bencode-trailing","message":"36 bytes follow the value/);
});

const answers: readonly (readonly [string, string])[] = [
  ['a line end behind it', 'd8:intervali1800e5:peersPEERSe\r\n'],
  ['a key behind it', 'd8:intervali1800e5:peersPEERSe6:peers60:'],
  ['a key twice', 'd8:intervali1800e8:intervali60e5:peersPEERSe'],
  ['a leading zero', 'd8:intervali01800e5:peersPEERSe'],
  ['no interval', 'd5:peersPEERSe'],
  ['a peer by name', 'd8:intervali1800e5:peersld2:ip9:localhost4:portiPORTeeee'],
];
for (const [name, answer] of answers) {
  test(`a tracker whose answer has ${name} leads to the data`, () =>
    withTracker(answer, async (url) => {
      await fetchAll(torrent, '--tracker', url);
    }));
}

test('a tracker whose address has a fragment is asked with the whole query', () =>
  withTracker('d8:intervali1800e5:peersPEERSe', async (url, asked) => {
    await fetchAll(torrent, '--tracker', `${url}?passkey=1#main`);
    assert.match(asked[0]!, /^\/announce\?passkey=1&info_hash=/);
  }));

test('links as people paste them lead to the data, also with a peer by name and a broken tracker', async () => {
  await fetchAll(`"<${magnet}&amp;dn=x&amp;tr=nonsense&amp;x.pe=localhost:${port}>"\n`);
  await fetchAll(encodeURIComponent(`${magnet}&x.pe=localhost:${port}`));
});

test('files that are not torrents are named by their kind, without the words of a decoder', async () => {
  const bytes = await readFile(torrent);
  const files: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ['page.torrent', '<!DOCTYPE html><title>Sign in</title>', /is no torrent file: it is a web page$/],
    ['notes.torrent', 'dear all, the file is on the server', /is no torrent file: it is a text$/],
    ['empty.torrent', '', /is no torrent file: it is empty$/],
    [
      'picture.torrent',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 1),
      /is no torrent file: it is in another format$/,
    ],
    ['half.torrent', bytes.subarray(0, bytes.length - 50), /it is cut off after \d+ bytes: get it again/],
  ];
  for (const [name, content, expected] of files) {
    const path = join(bench.dir, name);
    await writeFile(path, content);
    for (const args of [
      ['inspect', path],
      ['get', path],
      ['share', path],
      ['verify', path, bench.dir],
    ]) {
      const program = bench.shoal(args[0] === 'get' || args[0] === 'share' ? [...args, '--port', '0'] : args);
      const { code, message, detail } = await program.event('error');
      assert.equal(code, 'bad-torrent', `${args[0]} ${name}`);
      assert.match((message as string).replace(/ \(torrent-[a-z]+\)$/, ''), expected, `${args[0]} ${name}`);
      assert.doesNotMatch(message as string, /bencode|at byte/);
      if (name !== 'empty.torrent') assert.match(detail as string, /\(bencode-[a-z]+|no-info\)/);
    }
  }
});

test('the info dictionary is passed on byte by byte, also when it is not canonical', async () => {
  const read = decodeMetainfo(await readFile(torrent), nodeHasher);
  assert.ok(read.ok);
  const info = 'd6:lengthi05e4:name1:n12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaa6:lengthi7ee';
  const strange = decodeMetainfo(Buffer.from(`d4:info${info}e\n`), nodeHasher);
  assert.ok(strange.ok);
  assert.ok(Buffer.from(encodeMetainfo(strange.value)).includes(info));
});
