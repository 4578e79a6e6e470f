/** `shoal state list`: the shares that are remembered between runs. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decodeMetainfo } from '../../../data/content/metainfo.ts';
import { Geometry } from '../../../data/content/geometry.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { formatCount } from '../../../ground/count.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { defaultStateDir } from '../../../host/state/state-folder.ts';
import type { KeptState } from '../../../host/system.ts';
import { StateDb } from '../state/state-db.ts';
import { DATABASE_FILE } from '../state/tables.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { printable } from '../../../cli/terminal/format.ts';

const folderOf = (options: CommonOptions): string => resolve(options.state ?? defaultStateDir());

export async function runStateList(options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    const state = StateDb.open(folderOf(options));
    try {
      const shares = state.shares.list();
      if (shares.length === 0) output.info(`no share is remembered in ${printable(folderOf(options))}`);
      for (const { key, folder, kind, have, changedAt } of shares) {
        const torrent = state.torrentOf(key, folder);
        const decoded = torrent === undefined ? undefined : decodeMetainfo(torrent, nodeHasher);
        const info = decoded?.ok === true ? decoded.value.info : undefined;
        const name = info?.name ?? key;
        const count = info === undefined ? 0 : new Geometry(info).pieceCount;
        const done = info !== undefined ? (Bitfield.fromBytes(have, count)?.count ?? 0) : 0;
        output.event('share', {
          key,
          folder,
          kind,
          name,
          pieces: count,
          done,
          changedAt: changedAt.toISOString(),
        });
        const percent = count === 0 ? '  -' : `${Math.floor((100 * done) / count)}`.padStart(3);
        output.result(`${percent} %  ${printable(name)}  ${printable(folder)}`);
      }
    } finally {
      state.close();
    }
    return EXIT.done;
  });
}

/** What an exported state says of torrents. @throws ShoalError state-broken, state-too-new, no-permission */
export function describeKept(folder: string): KeptState {
  const shares = countShares(folder);
  return { line: formatCount(shares, 'share'), facts: { shares } };
}

function countShares(folder: string): number {
  if (!existsSync(join(folder, DATABASE_FILE))) return 0;
  const state = StateDb.open(folder);
  try {
    return state.shares.list().length;
  } finally {
    state.close();
  }
}
