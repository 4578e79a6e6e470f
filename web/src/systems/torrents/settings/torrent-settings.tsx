/** The settings of torrents. A change takes effect at once unless the setting says otherwise. */
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { complain, notify } from '../../../shell/notices.ts';
import { Section } from '../../../shell/parts/section.tsx';
import { queryClient, useAnswer } from '../../../shell/queries.ts';
import { api } from '../api.ts';
import { keys } from '../keys.ts';
import { useText } from '../texts/index.ts';
import { registerLinks } from '../welcome.tsx';
import { ConnectionSettings } from './connections.tsx';
import { FeedSettings } from './feeds.tsx';
import { FolderSettings } from './folders.tsx';
import { QueueSettings } from './queue.tsx';
import { ScheduleSettings } from './schedule.tsx';
import { SpeedSettings } from './speed.tsx';
import { Traffic } from './traffic.tsx';

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
  const settings = useAnswer(keys.settings, api.settings);
  const { mutate: change } = useMutation({
    mutationFn: api.configure,
    onSuccess: (next) => {
      queryClient.setQueryData(keys.settings, next);
      notify(text.saved);
    },
    onError: complain,
  });
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
      <NeedsDaemon>
        {settings === undefined
          ? null
          : PARTS.map((Part) => <Part key={Part.name} settings={settings} onChange={change} />)}
      </NeedsDaemon>
      <Traffic />
    </>
  );
}
