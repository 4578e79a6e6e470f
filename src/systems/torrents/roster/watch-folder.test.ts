// The watch folder: what it takes, and what it leaves.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WatchFolder } from './watch-folder.ts';

test('the watch folder takes files that rest, and renames what it took and what it could not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-watch-'));
  const added: string[] = [];
  const watch = new WatchFolder({
    onTorrent: async (bytes) => {
      if (bytes.length < 3) throw new Error('this is no torrent');
      added.push(`torrent of ${bytes.length}`);
    },
    onLinks: async (link: string) => void added.push(link),
  });
  await writeFile(join(folder, 'a.torrent'), 'long enough');
  await writeFile(join(folder, 'b.torrent'), 'x');
  await writeFile(join(folder, 'c.magnet'), 'magnet:?xt=urn:btih:1\n');
  await writeFile(join(folder, 'notes.txt'), 'left alone');
  assert.deepEqual(await watch.look(folder, false), [], 'it may be growing still');
  await writeFile(join(folder, 'a.torrent'), 'long enough, and longer');
  await watch.look(folder, false);
  assert.deepEqual(added, ['magnet:?xt=urn:btih:1']);
  await watch.look(folder, false);
  assert.deepEqual(added, ['magnet:?xt=urn:btih:1', 'torrent of 23']);
  assert.deepEqual((await readdir(folder)).sort(), [
    'a.torrent.added',
    'b.torrent.invalid',
    'b.torrent.invalid.txt',
    'c.magnet.added',
    'notes.txt',
  ]);
});
