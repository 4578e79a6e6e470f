/** The systems of the daemon: what each does, whether it runs, and its switch. */
import { Settings as SettingsIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { checkConnection, type SystemState, useDaemon } from './connection.ts';
import { useDaemonStatus } from './daemon-status.ts';
import { complain } from './notices.ts';
import { Toggle } from './parts/controls.tsx';
import { NeedsDaemon } from './parts/needs-daemon.tsx';
import { ask } from './request.ts';
import { useRunningSystems } from './running-systems.ts';
import { capitalize, wordsOf } from './schema-fields.ts';
import type { PageSystem } from './system.ts';
import { useText } from './texts/index.ts';

export function SystemsView(): ReactNode {
  const text = useText();
  const { systems } = useDaemon();
  const { systems: onPage } = useRunningSystems();
  const daemon = useDaemonStatus();
  return (
    <>
      <p className="hint">{text.systemsText}</p>
      <NeedsDaemon>
        {systems.map((system) => (
          <SystemCard
            key={system.name}
            system={system}
            page={onPage.find(({ name }) => name === system.name)}
            line={daemon?.systems.find(({ name }) => name === system.name)?.line}
          />
        ))}
      </NeedsDaemon>
    </>
  );
}

/** In the language of the page, if the system brings its texts. */
export const titleOf = ({ name }: SystemState, page: PageSystem | undefined): string =>
  page?.title() ?? wordsOf(name);

interface CardProps {
  readonly system: SystemState;
  readonly page: PageSystem | undefined;
  readonly line: string | undefined;
}

function SystemCard({ system, page, line }: CardProps): ReactNode {
  const text = useText();
  const { name, isOn, isRunning } = system;
  const title = titleOf(system, page);
  const turn = (on: boolean): void => {
    ask('PATCH', `systems/${name}`, { isOn: on }).then(() => checkConnection(), complain);
  };
  const change = isOn ? text.nextStartOn : text.nextStartOff;
  return (
    <section className="card stack" aria-label={title}>
      <Toggle
        label={title}
        hint={isOn === isRunning ? (isOn ? text.isRunning : text.isOff) : change}
        isOn={isOn}
        onChange={turn}
      />
      <p>{page?.summary?.() ?? capitalize(system.summary)}</p>
      {line === undefined || !isRunning ? null : <p className="hint">{line}</p>}
      {isRunning ? (
        <div className="row">
          <a className="link-button" href={page?.isHome === true ? '#/settings' : `#/settings/${name}`}>
            <SettingsIcon aria-hidden /> {text.settings}
          </a>
        </div>
      ) : null}
    </section>
  );
}
