/** The torrents of the page: the list and its shares, the dialogs for adding and sending, the settings. */
import { RadioTower } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { useRoute } from 'wouter';
import { notify } from '../../shell/notices.ts';
import type { PageSystem } from '../../shell/system.ts';
import { AddDialog } from './add/add-dialog.tsx';
import { looksLikeLink } from './add/links.ts';
import { ShareSheet } from './add/share-sheet.tsx';
import { addFiles } from './add/sources.ts';
import { readShare, SHARE_PATTERN, shareAddress, UPDATES } from './addresses.ts';
import { DetailView } from './detail/detail-view.tsx';
import { Player } from './detail/player.tsx';
import { ListView } from './list/list-view.tsx';
import { RemoveDialog } from './list/remove-dialog.tsx';
import { TorrentSettings } from './settings/torrent-settings.tsx';
import { TorrentSide } from './side.tsx';
import { store } from './store.ts';
import { getText } from './texts/index.ts';
import { getSettingTexts } from './texts/settings/index.ts';
import { ui } from './ui.ts';
import { UpdatesView } from './updates/updates-view.tsx';
import { isFollowLink } from './updates/words.ts';
import { FirstRun } from './welcome.tsx';
import './style/list.css';
import './style/detail.css';
import './style/settings.css';
import './style/updates.css';
import './style/narrow.css';

/** The list stays as it is while a share is open beside it. */
function TorrentView(): ReactNode {
  const [isUpdates] = useRoute(UPDATES);
  return isUpdates ? <UpdatesView /> : <SharesView />;
}

function SharesView(): ReactNode {
  const [isShare, params] = useRoute(SHARE_PATTERN);
  const open = isShare ? readShare(params) : undefined;
  return (
    <div className={open === undefined ? 'shares' : 'shares shares-open'}>
      <ListView openId={open?.id} />
      {open === undefined ? null : <DetailView key={open.id} id={open.id} tab={open.tab} />}
    </div>
  );
}

/** A notice for each share that is complete, in every view. */
const useDoneNotices = (): void =>
  useEffect(
    () =>
      store.onDone(({ id, name, isInPlace, follow }) => {
        if (!isInPlace || follow !== null) notify(getText().doneNow(name), { address: shareAddress(id) });
      }),
    [],
  );

function TorrentOverlays(): ReactNode {
  useDoneNotices();
  return (
    <>
      <AddDialog />
      <ShareSheet />
      <RemoveDialog />
      <Player />
      <FirstRun />
    </>
  );
}

export const torrents: PageSystem = {
  name: 'torrents',
  title: () => getText().torrents,
  summary: () => getText().torrentsText,
  isHome: true,
  links: [{ address: UPDATES, title: () => getText().publications, Icon: RadioTower }],
  View: TorrentView,
  Side: TorrentSide,
  Overlays: TorrentOverlays,
  Settings: TorrentSettings,
  settingTexts: getSettingTexts,
  start: () => store.start(),
  opener: {
    takesLink: looksLikeLink,
    openLink: (words) => (isFollowLink(words) ? ui.openFollow(words) : ui.openAdd(words)),
    openFiles: addFiles,
    dropWords: () => ({ title: getText().dropHere, hint: getText().dropHint }),
  },
};
