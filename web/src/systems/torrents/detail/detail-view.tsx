/** One share: beside the list where there is room, instead of it on a phone. */
import { ArrowLeft, Link as LinkIcon, Pause, Play, RefreshCw, Trash2, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Button, Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { api, type ShareSummary } from '../api.ts';
import { useText } from '../texts/index.ts';
import { askToRemove } from '../list/remove-dialog.tsx';
import { iconOf, isStopped, setPaused, startLabel } from '../list/share-row.tsx';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { complain } from '../../../shell/notices.ts';
import { describe, toneOf } from '../parts/phase.ts';
import { go } from '../../../shell/navigate.ts';
import { HOME, shareAddress, type Tab as TabName, TABS } from '../addresses.ts';
import { store, useSnapshot } from '../store.ts';
import { ui } from '../ui.ts';
import { FilesTab } from './files-tab.tsx';
import { LogTab } from './log-tab.tsx';
import { Overview } from './overview.tsx';
import { PeersTab } from './peers-tab.tsx';
import { TrackersTab } from './trackers-tab.tsx';
import { IconButton } from '../../../shell/parts/icon-button.tsx';

export function DetailView({ id, tab }: { readonly id: number; readonly tab: TabName }): ReactNode {
  const text = useText();
  const { shares, isLoaded } = useSnapshot();
  const share = shares.get(id);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const close = (): void => go(HOME);
  if (share === undefined)
    return isLoaded ? (
      <aside className="detail">
        <div className="empty">
          <p>{text.notFound}</p>
          <Button className="button" onPress={close}>
            {text.back}
          </Button>
        </div>
      </aside>
    ) : null;
  return (
    <aside
      className="detail"
      aria-labelledby="detail-name"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) close();
      }}
    >
      <Head share={share} heading={heading} onClose={close} />
      <Tabs
        className="tabs detail-tabs"
        selectedKey={tab}
        onSelectionChange={(key) => go(shareAddress(id, key as TabName))}
      >
        <TabList className="tab-list" aria-label={text.details}>
          {TABS.map((name) => (
            <Tab key={name} id={name} className="tab">
              {text[name]}
            </Tab>
          ))}
        </TabList>
        <TabPanel id="overview" className="tab-panel">
          <Overview share={share} />
        </TabPanel>
        <TabPanel id="files" className="tab-panel">
          <FilesTab share={share} />
        </TabPanel>
        <TabPanel id="peers" className="tab-panel">
          <PeersTab share={share} />
        </TabPanel>
        <TabPanel id="trackers" className="tab-panel">
          <TrackersTab share={share} />
        </TabPanel>
        <TabPanel id="log" className="tab-panel">
          <LogTab share={share} />
        </TabPanel>
      </Tabs>
    </aside>
  );
}

interface HeadProps {
  readonly share: ShareSummary;
  readonly heading: React.RefObject<HTMLHeadingElement | null>;
  readonly onClose: () => void;
}

function Head({ share, heading, onClose }: HeadProps): ReactNode {
  const text = useText();
  const { id, name } = share;
  const Icon = iconOf(share);
  const isAtRest = isStopped(share);
  const recheck = async (): Promise<void> => store.put(await api.recheck(id));
  return (
    <div className={`detail-head tone-${toneOf(share)}`}>
      <div className="detail-title">
        <IconButton className="narrow-only" label={text.back} onPress={onClose}>
          <ArrowLeft aria-hidden />
        </IconButton>
        <Icon aria-hidden className="detail-icon" />
        <h2 id="detail-name" ref={heading} tabIndex={-1} className="break">
          {name}
        </h2>
        <IconButton className="wide-only" label={text.close} onPress={onClose}>
          <X aria-hidden />
        </IconButton>
      </div>
      <p className="detail-state break">{describe(share, text)}</p>
      <div className="row">
        <Button className="button button-primary" onPress={() => ui.send(id)}>
          <LinkIcon aria-hidden /> {text.share}
        </Button>
        <NeedsDaemon>
          <Button className="button" onPress={() => void setPaused(id, !isAtRest).catch(complain)}>
            {isAtRest ? <Play aria-hidden /> : <Pause aria-hidden />} {startLabel(share, text)}
          </Button>
          <IconButton label={text.recheck} onPress={() => void recheck().catch(complain)}>
            <RefreshCw aria-hidden />
          </IconButton>
          <IconButton label={text.remove} onPress={() => askToRemove([id])}>
            <Trash2 aria-hidden />
          </IconButton>
        </NeedsDaemon>
      </div>
    </div>
  );
}
