/** The settings: those of the page, which the browser keeps, and those of each system that runs. */
import { type ReactNode, useState } from 'react';
import { Choice } from './parts/controls.tsx';
import { complain } from './notices.ts';
import { Section } from './parts/section.tsx';
import { useRunningSystems } from './running-systems.ts';
import { chooseLanguage, getLanguage, LANGUAGES, type Language, useText } from './texts/index.ts';
import { applyTheme, currentTheme, type Theme } from './theme.ts';

export function SettingsView(): ReactNode {
  const text = useText();
  const { systems } = useRunningSystems();
  return (
    <div className="settings">
      <h1>{text.settings}</h1>
      <PageSettings />
      {systems.map(({ name, Settings }) => (Settings === undefined ? null : <Settings key={name} />))}
    </div>
  );
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
