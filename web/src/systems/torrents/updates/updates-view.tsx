/** Publications: what this daemon publishes, and what it follows (BEP 46). */
import type { ReactNode } from 'react';
import { Skeleton } from '../../../shell/parts/skeleton.tsx';
import { NeedsDaemon } from '../../../shell/parts/needs-daemon.tsx';
import { Section } from '../../../shell/parts/section.tsx';
import { useAnswer } from '../../../shell/queries.ts';
import { api } from '../api.ts';
import { keys } from '../keys.ts';
import { useText } from '../texts/index.ts';
import { useUi } from '../ui.ts';
import { FollowCard } from './follow-card.tsx';
import { FollowForm } from './follow-form.tsx';
import { PublicationCard } from './publication-card.tsx';
import { PublishForm } from './publish-form.tsx';
import { updates } from './update-store.ts';

const LOOK_MS = 3000;

export function UpdatesView(): ReactNode {
  const text = useText();
  const { following } = useUi();
  const { isLoaded, publications, follows } = updates.use();
  const status = useAnswer(keys.status, api.status, LOOK_MS);
  return (
    <div className="settings">
      <h1>{text.publications}</h1>
      <p className="hint">{text.publicationsText}</p>
      {status?.dhtNodes === null ? (
        <p className="card error-text" role="alert">
          {text.publicationsNeedDht}
        </p>
      ) : null}
      <NeedsDaemon>
        <Section title={text.yourPublications}>
          {isLoaded ? null : <Skeleton label={text.connecting} />}
          {isLoaded && publications.length === 0 ? <p className="hint">{text.noPublications}</p> : null}
          <List>
            {publications.map((publication) => (
              <PublicationCard key={publication.id} publication={publication} />
            ))}
          </List>
          <PublishForm />
        </Section>
        <Section title={text.yourFollows}>
          {isLoaded ? null : <Skeleton label={text.connecting} />}
          {isLoaded && follows.length === 0 ? <p className="hint">{text.noFollows}</p> : null}
          <List>
            {follows.map((follow) => (
              <FollowCard key={follow.id} follow={follow} />
            ))}
          </List>
          <FollowForm key={following} initial={following ?? ''} defaultFolder={status?.downloadDir} />
        </Section>
      </NeedsDaemon>
    </div>
  );
}

function List({ children }: { readonly children: readonly ReactNode[] }): ReactNode {
  return children.length === 0 ? null : <ul className="updates">{children}</ul>;
}
