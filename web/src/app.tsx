/** The page as a whole: what is shown where, and what happens wherever somebody drops, pastes or signs in. */
import { type ReactNode, useEffect, useState } from 'react';
import { AddDialog } from './add/add-dialog.tsx';
import { DropArea } from './add/drop-area.tsx';
import { looksLikeLink } from './add/links.ts';
import { openLink } from './add/sources.ts';
import { ShareSheet } from './add/share-sheet.tsx';
import { DetailView } from './detail/detail-view.tsx';
import { useText } from './i18n/index.ts';
import { ListView } from './list/list-view.tsx';
import { RemoveDialog } from './list/remove-dialog.tsx';
import { Notices, notify } from './parts/notices.tsx';
import { ConnectionBanner, SignIn } from './parts/connection.tsx';
import { Player } from './detail/player.tsx';
import { useRoute } from './route.ts';
import { SettingsView } from './settings-view.tsx';
import { Sidebar } from './sidebar.tsx';
import { store, useSnapshot } from './store.ts';
import { ui } from './ui.ts';
import { isFirstRun, Welcome } from './welcome.tsx';

export function App(): ReactNode {
  const { connection } = useSnapshot();
  const [isNew, setNew] = useState(isFirstRun);
  useStart();
  if (connection === 'signed-out') return <SignIn />;
  return (
    <DropArea>
      <div className="page">
        <Sidebar />
        <Main />
      </div>
      <AddDialog />
      <ShareSheet />
      <RemoveDialog />
      <Player />
      {isNew && connection === 'open' ? <Welcome onDone={() => setNew(false)} /> : null}
      <Notices />
    </DropArea>
  );
}

function Main(): ReactNode {
  const route = useRoute();
  const { connection } = useSnapshot();
  return (
    <main className={`main main-${route.view}`}>
      <ConnectionBanner connection={connection} />
      {route.view === 'settings' ? (
        <SettingsView />
      ) : (
        <ListView openId={route.view === 'share' ? route.id : undefined} />
      )}
      {route.view === 'share' ? <DetailView key={route.id} id={route.id} tab={route.tab} /> : null}
    </main>
  );
}

/** Once: listens to the peer, and takes the link that this page was opened with. */
function useStart(): void {
  const text = useText();
  useEffect(() => {
    begin();
    const onPaste = (event: ClipboardEvent): void => {
      const { target } = event;
      if (target instanceof Element && target.closest('input, textarea, [contenteditable]') !== null) return;
      const pasted = event.clipboardData?.getData('text').trim() ?? '';
      if (!looksLikeLink(pasted)) return;
      event.preventDefault();
      ui.openAdd(pasted);
    };
    addEventListener('paste', onPaste);
    return () => removeEventListener('paste', onPaste);
  }, []);
  useEffect(
    () =>
      store.onDone((share) => {
        if (!share.isInPlace) notify(text.doneNow(share.name), { shareId: share.id });
      }),
    [text],
  );
}

function begin(): void {
  store.start();
  const link = new URLSearchParams(location.search).get('open');
  if (link === null) return;
  history.replaceState(null, '', `${location.pathname}#/`);
  openLink(link);
}
