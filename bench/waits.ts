/** How long a person waits for an answer: the page with thousands of shares, and a film that is still on its way. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { createPrng } from '../src/ground/prng.ts';
import { ROOT } from '../scripts/steps.ts';
import { Bench } from '../testkit/bench.ts';
import { Daemon } from '../testkit/daemon.ts';
import { waitUntil } from '../testkit/wait.ts';

const MIB = 1024 * 1024;
/** The film, and what its seed gives a second: far too little to have it all by the time of the last seek. */
const [FILM_BYTES, RATE] = [48 * MIB, 6 * MIB];
const SEEKS_MIB: readonly number[] = [0, 40, 7, 33, 20];

/** Milliseconds; see interop/torrents/many-shares.ts. */
export interface PageWaits {
  readonly usable: number;
  readonly input: number;
  readonly frame: number;
}

export function pageWaits(dir: string): PageWaits {
  const program = join(ROOT, 'bench', 'page.ts');
  const output = execFileSync(process.execPath, [program, dir], { encoding: 'utf8' });
  return JSON.parse(output.trim().split('\n').at(-1)!) as PageWaits;
}

/** Milliseconds until the first byte, for each seek. */
export async function seekWaits(dir: string): Promise<number[]> {
  const bench = await Bench.open(dir);
  try {
    const film = Buffer.from(createPrng(7).fill(new Uint8Array(FILM_BYTES)).buffer);
    const path = await bench.writeFile('film.mp4', film);
    const seed = bench.shoal(['share', path, '--port', '0', '--limit-up', `${RATE}`]);
    const { magnet } = await seed.event('ready');
    const daemon = await Daemon.up(bench, 'player');
    await daemon.ask('POST', 'shares', { link: magnet });
    const url = await waitUntil(async () => {
      const { files } = await daemon.ask<{ files: readonly { readonly url: string }[] }>(
        'GET',
        'shares/1/files',
      );
      return files[0]?.url;
    }, 'what is in it is known');
    const waits: number[] = [];
    for (const spot of SEEKS_MIB.map((mib) => mib * MIB)) {
      const from = performance.now();
      const range = `bytes=${spot}-${spot + 999_999}`;
      const { body } = await daemon.fetch(url, { headers: { range } });
      const chunks: Uint8Array[] = [];
      for await (const chunk of body!) {
        if (chunks.length === 0) waits.push(performance.now() - from);
        chunks.push(chunk);
      }
      const isRight = Buffer.concat(chunks).compare(film, spot, spot + 1_000_000) === 0;
      if (!isRight) throw new Error(`wrong bytes came after the seek to ${spot}`);
    }
    return waits;
  } finally {
    await bench.close();
  }
}
