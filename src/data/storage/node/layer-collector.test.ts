// Piece layers that a torrent lacks, computed from whole files: kept when they lead to the root, and not otherwise.
import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Geometry } from '../../content/geometry.ts';
import { hasAllLayers, type Metainfo } from '../../content/metainfo.ts';
import { createMetainfo } from '../../content/node/create.ts';
import { FileHandles } from '../../disk/file-handles.ts';
import { PiecePool } from '../../disk/piece-pool.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { createPrng } from '../../../ground/prng.ts';
import { ShareFiles } from './share-files.ts';
import { verifyPieces } from './verify.ts';

interface World {
  readonly dir: string;
  readonly metainfo: Metainfo;
  readonly verify: (stripped: Metainfo, pieces?: Bitfield) => Promise<Bitfield>;
}

async function inWorld(version: 'v2' | 'hybrid', work: (world: World) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'shoal-layers-'));
  const pool = new PiecePool();
  const handles = new FileHandles();
  try {
    const prng = createPrng(5);
    const sizes = [100_000, 16_384, 50_000] as const;
    for (const [i, size] of sizes.entries())
      await writeFile(join(dir, `${i}.bin`), prng.fill(new Uint8Array(size)));
    const { metainfo } = await createMetainfo(dir, { pool, version, pieceLength: 16_384 });
    const diskPaths = sizes.map((_, i) => join(dir, `${i}.bin`));
    const verify = async (stripped: Metainfo, pieces?: Bitfield): Promise<Bitfield> => {
      const files = ShareFiles.inPlace(new Geometry(stripped.info), diskPaths, handles);
      const options = { metainfo: stripped, files, prover: pool };
      return (await verifyPieces(pieces === undefined ? options : { ...options, pieces })).right;
    };
    await work({ dir, metainfo, verify });
  } finally {
    handles.closeAll();
    await pool.close();
    await rm(dir, { recursive: true, force: true });
  }
}

const without = (metainfo: Metainfo): Metainfo => ({ ...metainfo, pieceLayers: new Map() });

for (const version of ['v2', 'hybrid'] as const) {
  test(`the layers of whole files are computed: ${version}`, () =>
    inWorld(version, async ({ metainfo, verify }) => {
      const stripped = without(metainfo);
      assert.ok((await verify(stripped)).isFull);
      assert.deepEqual(stripped.pieceLayers, metainfo.pieceLayers);
    }));

  test(`a file that is not right gives no layer, the others do: ${version}`, () =>
    inWorld(version, async ({ dir, metainfo, verify }) => {
      const file = await open(join(dir, '0.bin'), 'r+');
      await file.write(Uint8Array.of(0, 0, 0, 0), 0, 4, 20_000);
      await file.close();
      const stripped = without(metainfo);
      const good = await verify(stripped);
      const [first, last] = new Geometry(metainfo.info).filePieces(0)!;
      const wrong = Array.from({ length: last + 1 - first }, (_, i) => first + i).filter(
        (piece) => !good.has(piece),
      );
      // The v1 hashes of a hybrid tell which piece it is; a root alone tells that it is one of them.
      assert.deepEqual(wrong, version === 'hybrid' ? [1] : [0, 1, 2, 3, 4, 5, 6]);
      assert.equal(good.count, good.length - wrong.length);
      assert.ok(!hasAllLayers(stripped));
      assert.equal(stripped.pieceLayers.size, 1);
    }));
}

test('a file of which only some pieces are looked at gives no layer', () =>
  inWorld('v2', async ({ metainfo, verify }) => {
    const stripped = without(metainfo);
    const pieces = new Bitfield(new Geometry(metainfo.info).pieceCount);
    pieces.add(0);
    assert.equal((await verify(stripped, pieces)).count, 0);
    assert.equal(stripped.pieceLayers.size, 0);
  }));
