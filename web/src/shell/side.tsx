/** The side of the page: what each system shows there, and the links to views. On a phone, its top. */
import { Settings as SettingsIcon } from 'lucide-react';
import type { ComponentType, ReactNode } from 'react';
import { useRoute } from 'wouter';
import { Logo } from './parts/logo.tsx';
import type { PageLink, PageSystem } from './system.ts';
import { useText } from './texts/index.ts';

export function Side({ systems }: { readonly systems: readonly PageSystem[] }): ReactNode {
  const text = useText();
  return (
    <header className="sidebar">
      <a className="logo-link" href="#/" aria-label="Shoal">
        <Logo />
      </a>
      {systems.map(({ name, Side: Part }) => (Part === undefined ? null : <Part key={name} />))}
      <nav className="side-links" aria-label={text.systems}>
        {systems.flatMap(linksOf).map(({ address, title, Icon }) => (
          <SideLink key={address} address={address} title={title()} Icon={Icon} />
        ))}
        <SideLink address="/settings" title={text.settings} Icon={SettingsIcon} />
      </nav>
    </header>
  );
}

const linksOf = ({ name, title, Icon, links = [] }: PageSystem): readonly PageLink[] =>
  Icon === undefined ? links : [{ address: `/${name}`, title, Icon }, ...links];

interface LinkProps {
  readonly address: string;
  readonly title: string;
  readonly Icon: ComponentType<{ readonly 'aria-hidden': true }>;
}

function SideLink({ address, title, Icon }: LinkProps): ReactNode {
  const [isOn] = useRoute(`${address}/*?`);
  return (
    <a
      className={isOn ? 'side-link is-on' : 'side-link'}
      href={`#${address}`}
      {...(isOn ? { 'aria-current': 'page' as const } : {})}
    >
      <Icon aria-hidden /> {title}
    </a>
  );
}
