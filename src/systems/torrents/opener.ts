/** Opens the links that torrents takes: each becomes a share of the roster. */
import type { LinkOpener, LinkRequest } from '../../host/links.ts';
import { summaryOf } from './api/summary.ts';
import { describeState } from './commands/show.ts';
import { claimOf } from './link-claim.ts';
import type { AddOptions } from './roster/adding.ts';
import type { Roster } from './roster/roster.ts';

export function createOpener(roster: Pick<Roster, 'addLink' | 'addTorrentBytes' | 'folderFor'>): LinkOpener {
  return {
    claim: claimOf,
    open: async (request) => {
      const { link } = request;
      const options = optionsOf(request, roster);
      const { entry, isNew } = await (typeof link === 'string'
        ? roster.addLink(link, options)
        : roster.addTorrentBytes(link, options));
      const item = summaryOf(entry);
      return { isNew, line: `${item.name}: ${describeState(item)}`, item };
    },
  };
}

function optionsOf(
  { folder, select, isPaused, labels, isOnDemand }: LinkRequest,
  roster: Pick<Roster, 'folderFor'>,
): AddOptions {
  return {
    folder: folder ?? roster.folderFor(labels ?? []),
    triesFolders: folder !== undefined,
    preferences: {
      ...(select === undefined ? {} : { selectGlobs: select }),
      ...(isPaused === undefined ? {} : { isPaused }),
      ...(labels === undefined ? {} : { labels }),
      ...(isOnDemand === undefined ? {} : { isOnDemand }),
    },
  };
}
