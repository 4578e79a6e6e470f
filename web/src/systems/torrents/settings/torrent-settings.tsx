/** The settings of torrents, each with what it is for. What is changed holds at once. */
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { complain, notify } from '../../../shell/parts/notices.tsx';
import { Section } from '../../../shell/parts/section.tsx';
import { api, type PeerSettings } from '../api.ts';
import { useText } from '../texts/index.ts';
import { registerLinks } from '../welcome.tsx';
import { About } from './about.tsx';
import { ConnectionSettings } from './connections.tsx';
import { FeedSettings } from './feeds.tsx';
import { FolderSettings } from './folders.tsx';
import { QueueSettings } from './queue.tsx';
import { ScheduleSettings } from './schedule.tsx';
import { SpeedSettings } from './speed.tsx';

const PARTS = [
  SpeedSettings,
  QueueSettings,
  ScheduleSettings,
  FolderSettings,
  FeedSettings,
  ConnectionSettings,
];

export function TorrentSettings(): ReactNode {
  const text = useText();
  const [settings, setSettings] = useState<PeerSettings>();
  useEffect(() => void api.settings().then(setSettings, complain), []);
  const change = (given: Partial<PeerSettings>): void => {
    const done = (next: PeerSettings): void => {
      setSettings(next);
      notify(text.saved);
    };
    api.configure(given).then(done, complain);
  };
  return (
    <>
      <Section title={text.setLinks}>
        <div className="row">
          <Button className="button" onPress={registerLinks}>
            {text.registerLinks}
          </Button>
        </div>
        <p className="hint">{text.keyboard}</p>
      </Section>
      {settings === undefined
        ? null
        : PARTS.map((Part) => <Part key={Part.name} settings={settings} onChange={change} />)}
      <About />
    </>
  );
}
