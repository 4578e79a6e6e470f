/** The settings, each with what it is for. What is changed holds at once. */
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { api, type PeerSettings } from './api.ts';
import { formatBytes, formatDuration } from './format.ts';
import { getLanguage, LANGUAGES, type Language, setLanguage, useText } from './i18n/index.ts';
import { Choice } from './parts/controls.tsx';
import { complain, notify } from './parts/notices.tsx';
import { RateChart } from './parts/rate-chart.tsx';
import { useEvery } from './parts/use-every.ts';
import {
  ConnectionSettings,
  FeedSettings,
  FolderSettings,
  QueueSettings,
  ScheduleSettings,
  SpeedSettings,
} from './settings-parts.tsx';
import { applyTheme, currentTheme, type Theme } from './theme.ts';
import { registerLinks } from './welcome.tsx';

const PARTS = [
  SpeedSettings,
  QueueSettings,
  ScheduleSettings,
  FolderSettings,
  FeedSettings,
  ConnectionSettings,
];

export function SettingsView(): ReactNode {
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
    <div className="settings">
      <h1>{text.settings}</h1>
      <PageSettings />
      {settings === undefined
        ? null
        : PARTS.map((Part) => <Part key={Part.name} settings={settings} onChange={change} />)}
      <About />
    </div>
  );
}

function PageSettings(): ReactNode {
  const text = useText();
  const [theme, setTheme] = useState<Theme>(currentTheme);
  return (
    <section className="card stack">
      <h2>{text.setPage}</h2>
      <div className="row">
        <Choice<Language>
          label={text.setLanguage}
          options={LANGUAGES}
          value={getLanguage()}
          onChange={(language) => void setLanguage(language, true).catch(complain)}
        />
        <Choice<Theme>
          label={text.setTheme}
          options={text.themes}
          value={theme}
          onChange={(next) => {
            applyTheme(next);
            setTheme(next);
          }}
        />
      </div>
      <div className="row">
        <Button className="button" onPress={registerLinks}>
          {text.registerLinks}
        </Button>
      </div>
      <p className="hint">{text.keyboard}</p>
    </section>
  );
}

const LOOK_MS = 3000;

function About(): ReactNode {
  const text = useText();
  const status = useEvery(LOOK_MS, api.status);
  const rates = useEvery(LOOK_MS, api.allRates);
  return (
    <section className="card stack">
      <h2>{text.setAbout}</h2>
      <RateChart rates={rates} />
      {status === undefined ? null : (
        <dl className="facts">
          <dt>{text.version}</dt>
          <dd>{status.version}</dd>
          <dt>{text.folder}</dt>
          <dd className="break">{status.downloadDir}</dd>
          <dt>{text.listensOn}</dt>
          <dd>{status.peerPort}</dd>
          <dt>{text.upSince}</dt>
          <dd>{formatDuration(status.upSeconds)}</dd>
          <dt>{text.sentInAll}</dt>
          <dd>
            ↑ {formatBytes(status.uploadedBytes)} ↓ {formatBytes(status.downloadedBytes)}
          </dd>
        </dl>
      )}
      <h3>{text.interfaces}</h3>
      <p className="hint">{text.interfacesText}</p>
      <div className="row">
        <code className="break">{`${location.origin}/transmission/rpc`}</code>
        <a className="link-button" href="/api/v1/openapi.json">
          {text.apiDescription}
        </a>
        <a className="link-button" href="./licenses.md" target="_blank" rel="noreferrer">
          {text.licenses}
        </a>
      </div>
    </section>
  );
}
