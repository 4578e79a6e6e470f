/** How a share is added, and where what it fetches goes. */
import { resolve } from 'node:path';
import type { Reach } from '../share/link-source.ts';
import type { SharePreferences } from '../core/settings.ts';
import type { FolderProbe } from './folder-probe.ts';
import { requireFolder } from './folders.ts';
import type { RosterEntry } from './entry.ts';

export interface AddOptions {
  /** Where fetched files go. */
  readonly folder: string;
  /** Where they lie while it is incomplete; null: there as well. Absent: as the settings say. */
  readonly incompleteDir?: string | null;
  /**
   * The folders were named for this share alone, and may be mistyped: each is made and tried before there is a share.
   * Those of settings were tried when they were set.
   */
  readonly triesFolders?: boolean;
  readonly preferences?: Partial<SharePreferences> | undefined;
  /** Where the address of a link may lie; absent when a person typed it. */
  readonly reach?: Reach;
}

export interface Added {
  readonly entry: RosterEntry;
  /** It was not there before. */
  readonly isNew: boolean;
}

/**
 * Makes and tries the folders that were named for a new share. One that does not answer is taken: its disk may be asleep,
 * or on a network that is gone for now, and the share goes on by itself when it answers.
 * @throws ShoalError no-permission, not-found, io-error when one answers and cannot be used
 */
export async function tryFolders(options: AddOptions, probe: FolderProbe): Promise<void> {
  const { folder, incompleteDir, triesFolders } = options;
  if (triesFolders !== true) return;
  for (const named of [folder, incompleteDir]) {
    if (typeof named !== 'string') continue;
    const answers = await probe.reach(resolve(named)).then(
      () => true,
      () => false,
    );
    if (answers) await requireFolder(named);
  }
}
