/**
 * The settings: those of the page, which the browser keeps, beside those of the first system; those of each other system at
 * an address of its own; and the switches of all systems.
 */
import { type ReactNode, useState } from 'react';
import { useRoute } from 'wouter';
import { About } from './about.tsx';
import { useDaemon } from './connection.ts';
import { complain } from './notices.ts';
import { Choice } from './parts/controls.tsx';
import { Section } from './parts/section.tsx';
import { useRunningSystems } from './running-systems.ts';
import { SchemaForm } from './schema-form.tsx';
import { SystemsView, titleOf } from './systems-view.tsx';
import { chooseLanguage, getLanguage, LANGUAGES, type Language, useText } from './texts/index.ts';
import { applyTheme, currentTheme, type Theme } from './theme.ts';

/** No system may have this name. */
export const SYSTEMS_TAB = 'systems';

export function SettingsView(): ReactNode {
  const text = useText();
  const [hasTab, params] = useRoute('/:tab');
  const tab = hasTab ? params.tab : '';
  return (
    <div className="settings">
      <h1>{text.settings}</h1>
      <SettingsTabs tab={tab} />
      {tab === '' ? <General /> : tab === SYSTEMS_TAB ? <SystemsView /> : <OfSystem name={tab} />}
    </div>
  );
}

/** Links rather than tabs: each view has an address. */
function SettingsTabs({ tab }: { readonly tab: string }): ReactNode {
  const text = useText();
  const { systems } = useDaemon();
  const { systems: onPage } = useRunningSystems();
  const pageOf = (of: string) => onPage.find(({ name }) => name === of);
  const others = systems.filter(({ name, isRunning }) => isRunning && pageOf(name)?.isHome !== true);
  const tabs = [
    { name: '', title: text.general },
    ...others.map((system) => ({ name: system.name, title: titleOf(system, pageOf(system.name)) })),
    { name: SYSTEMS_TAB, title: text.systems },
  ];
  return (
    <nav className="tab-list" aria-label={text.settings}>
      {tabs.map(({ name, title }) => (
        <a
          key={name}
          className={name === tab ? 'tab is-on' : 'tab'}
          href={name === '' ? '#/settings' : `#/settings/${name}`}
          {...(name === tab ? { 'aria-current': 'page' as const } : {})}
        >
          {title}
        </a>
      ))}
    </nav>
  );
}

function General(): ReactNode {
  const { systems } = useRunningSystems();
  const home = systems.find(({ isHome }) => isHome === true);
  return (
    <>
      <PageSettings />
      {home?.Settings === undefined ? null : <home.Settings />}
      <About />
    </>
  );
}

function OfSystem({ name }: { readonly name: string }): ReactNode {
  const { systems } = useDaemon();
  const { systems: onPage, loading } = useRunningSystems();
  const system = systems.find((one) => one.name === name && one.isRunning);
  if (system === undefined || loading.includes(name)) return null;
  const page = onPage.find((one) => one.name === name);
  if (page?.Settings !== undefined) return <page.Settings />;
  return <SchemaForm key={name} name={name} title={titleOf(system, page)} texts={page?.settingTexts?.()} />;
}

function PageSettings(): ReactNode {
  const text = useText();
  const [theme, setTheme] = useState<Theme>(currentTheme);
  return (
    <Section title={text.setPage}>
      <div className="row">
        <Choice<Language>
          label={text.setLanguage}
          options={LANGUAGES}
          value={getLanguage()}
          onChange={(language) => void chooseLanguage(language).catch(complain)}
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
    </Section>
  );
}
