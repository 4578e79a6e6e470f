/** Targets of `src/data`: torrent files, links, names on a disk, the journal of a download. */
import assert from 'node:assert/strict';
import { encodeBencode } from '../src/ground/bencode.ts';
import { concatBytes, fromUtf8Lossy, toUtf8 } from '../src/ground/bytes.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { formatMagnet, parseMagnet } from '../src/data/content/magnet.ts';
import { decodeMetainfo, encodeMetainfo } from '../src/data/content/metainfo.ts';
import { Geometry } from '../src/data/content/geometry.ts';
import { formatUpdateLink, parseUpdateLink } from '../src/data/content/update-link.ts';
import { printable } from '../src/cli/terminal/format.ts';
import { decodeJournal, encodeJournalEntries, encodeJournalHeader } from '../src/data/storage/journal.ts';
import { planPaths, safeName } from '../src/data/storage/safe-path.ts';
import { makeShare } from '../sim/torrents/swarm-sim.ts';
import type { Target } from './target.ts';

function torrents(): Uint8Array[] {
  return (['v1', 'v2', 'hybrid'] as const).map((version) =>
    encodeMetainfo(makeShare(1, 200_000, 32_768, version).metainfo),
  );
}

export const DATA_TARGETS: readonly Target[] = [
  {
    name: 'metainfo',
    seeds: [
      ...torrents(),
      ...torrents().map((torrent) => concatBytes([torrent, toUtf8('\r\n')])),
      encodeBencode({
        info: { name: 'n', length: 0, 'piece length': 1, pieces: '' },
        announce: 5,
        nodes: 'x',
      }),
    ],
    run: (input) => {
      const decoded = decodeMetainfo(input, nodeHasher);
      if (!decoded.ok) return;
      const again = decodeMetainfo(encodeMetainfo(decoded.value), nodeHasher);
      assert.ok(again.ok);
      // The info dictionary is what the share is: its bytes and their hashes survive whatever stood around them.
      assert.deepEqual(again.value.infoBytes, decoded.value.infoBytes);
      assert.deepEqual(again.value.infoHashV1, decoded.value.infoHashV1);
      assert.deepEqual(again.value.trackers, decoded.value.trackers);
      assert.deepEqual(again.value.pieceLayers, decoded.value.pieceLayers);
      const planned = planPaths(decoded.value.info);
      if (planned.ok) {
        for (const path of planned.value.paths) {
          for (const element of path ?? [])
            assert.ok(element !== '' && element !== '.' && element !== '..' && !/[/\\\0]/.test(element));
        }
      }
      const geometry = new Geometry(decoded.value.info);
      if (geometry.pieceCount > 0)
        assert.ok(
          geometry.slices(geometry.pieceCount - 1, 0, geometry.pieceLength(geometry.pieceCount - 1)).length >
            0,
        );
    },
  },
  {
    name: 'magnet',
    seeds: [
      toUtf8(
        `magnet:?xt=urn:btih:${'0a'.repeat(20)}&xt=urn:btmh:1220${'0b'.repeat(32)}&dn=%41+b&tr=http%3A%2F%2Fx&x.pe=1.2.3.4:5&so=1,3-5&ws=http://w/`,
      ),
      toUtf8(`"<MAGNET:?xt.1=urn:btih:${'A'.repeat(32)}&amp;dn=100%&tr=x&amp;x.pe=a.example:5&so=1,x&ws=y>"`),
      toUtf8(`magnet%3A%3Fxt%3Durn%3Abtih%3A${'0a'.repeat(20)}%26dn%3Da%2520b`),
    ],
    run: (input) => {
      const parsed = parseMagnet(fromUtf8Lossy(input));
      if (!parsed.ok) return;
      // Broken parts are gone when the link is written again.
      const { notices, ...rest } = parsed.value;
      assert.ok((notices?.length ?? 0) <= 20);
      assert.deepEqual(parseMagnet(formatMagnet(parsed.value)), { ok: true, value: rest });
    },
  },
  {
    name: 'update-link',
    seeds: [toUtf8(`magnet:?xs=urn:btpk:${'0a'.repeat(32)}&s=6e&dn=a%20b`)],
    run: (input) => {
      const parsed = parseUpdateLink(fromUtf8Lossy(input));
      if (parsed.ok) assert.deepEqual(parseUpdateLink(formatUpdateLink(parsed.value)), parsed);
    },
  },
  {
    name: 'safe-path',
    seeds: ['README', '../../etc/passwd', 'CON', '\u202egnp.exe', 'a'.repeat(300), 'caf\u00e9', 'C:\\x'].map(
      toUtf8,
    ),
    run: (input) => {
      const parts = fromUtf8Lossy(input).split('\n').slice(0, 8);
      for (const part of parts) {
        const safe = safeName(part);
        assert(safe !== '' && safe !== '.' && safe !== '..', 'a name');
        assert(toUtf8(safe).length <= 240, 'a name that fits');
      }
      const shown = printable(fromUtf8Lossy(input));
      for (const character of shown) {
        const code = character.codePointAt(0)!;
        assert(code >= 0x20 && !(code >= 0x7f && code < 0xa0), 'no control character reaches a terminal');
      }
    },
  },
  {
    name: 'journal',
    seeds: [
      concatBytes([encodeJournalHeader(5), encodeJournalEntries(5, [0, 1, 77, 4_000_000_000])]),
      encodeJournalHeader(0),
    ],
    run: (input) => {
      for (const epoch of [0, 5])
        for (const piece of decodeJournal(input, epoch) ?? []) assert(piece >= 0, 'a piece');
    },
  },
];
