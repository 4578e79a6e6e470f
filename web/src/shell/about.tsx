/** About the daemon as a whole, whichever systems run: its version, its age, and what it has for other programs. */
import type { ReactNode } from 'react';
import { useDaemon } from './connection.ts';
import { useDaemonStatus } from './daemon-status.ts';
import { formatDuration } from './format.ts';
import { DaemonLink } from './parts/needs-daemon.tsx';
import { Section } from './parts/section.tsx';
import { useRunningSystems } from './running-systems.ts';
import { titleOf } from './systems-view.tsx';
import { useText } from './texts/index.ts';

export function About(): ReactNode {
  const text = useText();
  const { systems } = useDaemon();
  const { systems: onPage } = useRunningSystems();
  const daemon = useDaemonStatus();
  const running = systems
    .filter(({ isRunning }) => isRunning)
    .map((system) =>
      titleOf(
        system,
        onPage.find(({ name }) => name === system.name),
      ),
    );
  return (
    <Section title={text.about}>
      {daemon === undefined ? null : (
        <dl className="facts">
          <dt>{text.version}</dt>
          <dd>{daemon.version}</dd>
          <dt>{text.upFor}</dt>
          <dd>{formatDuration(daemon.upSeconds)}</dd>
          <dt>{text.systems}</dt>
          <dd>{running.length === 0 ? text.none : running.join(', ')}</dd>
        </dl>
      )}
      <div className="row">
        <DaemonLink className="link-button" href="/api/v1/openapi.json">
          {text.apiDescription}
        </DaemonLink>
        <DaemonLink className="link-button" href="./licenses.md" target="_blank" rel="noreferrer">
          {text.licenses}
        </DaemonLink>
      </div>
    </Section>
  );
}
