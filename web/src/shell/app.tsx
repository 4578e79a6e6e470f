/** The frame of the page: the side, the view of the address, and what happens wherever a person pastes, drops or signs in. */
import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Route, Router, Switch } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { checkConnection, useDaemon } from './connection.ts';
import { DropArea } from './drop-area.tsx';
import { LinkDialog } from './link-dialog.tsx';
import { openWords, takeOpenedLink } from './openers.ts';
import { ConnectionBanner, SignIn } from './parts/connection.tsx';
import { Notices } from './parts/notices.tsx';
import { Skeleton } from './parts/skeleton.tsx';
import { queryClient } from './queries.ts';
import { useRunningSystems } from './running-systems.ts';
import { SettingsView } from './settings-view.tsx';
import { Side } from './side.tsx';
import { SystemsView } from './systems-view.tsx';
import { useText } from './texts/index.ts';

export function App(): ReactNode {
  const { connection } = useDaemon();
  const running = useRunningSystems();
  const { systems } = running;
  useEffect(() => void checkConnection(), []);
  usePaste();
  useEffect(() => takeOpenedLink(running), [running]);
  if (connection === 'signed-out') return <SignIn />;
  return (
    <Router hook={useHashLocation}>
      <QueryClientProvider client={queryClient}>
        <DropArea systems={systems}>
          <div className="page">
            <Side systems={systems} />
            <Main />
          </div>
          {systems.map(({ name, Overlays }) => (Overlays === undefined ? null : <Overlays key={name} />))}
          <LinkDialog />
          <Notices />
        </DropArea>
      </QueryClientProvider>
    </Router>
  );
}

function Main(): ReactNode {
  const text = useText();
  const { connection } = useDaemon();
  const { systems, loading } = useRunningSystems();
  const home = systems.find(({ isHome }) => isHome === true);
  // The system with the first view may be off.
  const isSettled = connection === 'open' && loading.length === 0;
  const waiting = <Skeleton label={text.connecting} />;
  return (
    <main className="main">
      <ConnectionBanner connection={connection} />
      <Switch>
        <Route path="/settings" nest>
          <SettingsView />
        </Route>
        {loading.map((name) => (
          <Route key={name} path={`/${name}`} nest>
            {waiting}
          </Route>
        ))}
        {systems.map(({ name, View, isHome }) =>
          View === undefined || isHome === true ? null : (
            <Route key={name} path={`/${name}`} nest>
              <View />
            </Route>
          ),
        )}
        <Route>{home?.View !== undefined ? <home.View /> : isSettled ? <Systems /> : waiting}</Route>
      </Switch>
    </main>
  );
}

function Systems(): ReactNode {
  const text = useText();
  return (
    <div className="settings">
      <h1>{text.systems}</h1>
      <SystemsView />
    </div>
  );
}

/** Takes links that are pasted outside of fields. */
function usePaste(): void {
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const { target } = event;
      if (target instanceof Element && target.closest('input, textarea, [contenteditable]') !== null) return;
      // A field that gets the focus meanwhile, in a dialog that opens, would take the words once more.
      event.preventDefault();
      void openWords(event.clipboardData?.getData('text') ?? '');
    };
    addEventListener('paste', onPaste);
    return () => removeEventListener('paste', onPaste);
  }, []);
}
