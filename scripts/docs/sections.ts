/** The settings of every system that has some, with where else each can be seen and changed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SystemDeclaration } from '../../src/host/system.ts';
import { preferencesOf } from '../../src/systems/torrents/qbittorrent/preferences.ts';
import type { Settings } from '../../src/systems/torrents/settings.ts';
import { settingsOf } from '../../src/systems/torrents/transmission/session.ts';
import { ROOT } from '../steps.ts';
import { fieldsBySetting } from './elsewhere.ts';
import { code } from './markdown.ts';
import { type Elsewhere, type PropertySchema, settingsTable } from './settings.ts';

type Declared = Pick<SystemDeclaration, 'name' | 'summary' | 'settings'>;
type Properties = Readonly<Record<string, PropertySchema>>;

export async function settingsOfSystems(catalog: readonly Declared[]): Promise<string> {
  const parts: string[] = [];
  for (const { name, summary, settings } of catalog) {
    const module = await settings?.();
    if (module === undefined) continue;
    const properties = module.SETTINGS.properties as Properties;
    const isTorrents = name === 'torrents';
    const headings = isTorrents ? ['page', 'Transmission', 'qBittorrent'] : [];
    const elsewhere = isTorrents ? elsewhereOfTorrents(properties) : () => [];
    parts.push(`## ${name}`, `${summary}.`, settingsTable(properties, headings, elsewhere));
  }
  return parts.join('\n\n');
}

/** What the interfaces of other clients read of a roster. */
function rosterOf(settings: Settings): Parameters<typeof preferencesOf>[0] {
  const { usesDht, usesLsd, usesPex, usesTcp, usesUtp, encryption, peerPort, downloadDir } = settings;
  const ways = { usesDht, usesLsd, usesPex, usesTcp, usesUtp, encryption };
  const inEffect = { ...ways, peerPort: peerPort ?? 6881, dht: null, decidedAtStart: [] };
  return { settings, downloadDir: downloadDir ?? '/downloads', inEffect };
}

function elsewhereOfTorrents(properties: Properties): Elsewhere {
  const ofTransmission = fieldsBySetting(properties, (settings) => ({
    ...settingsOf(rosterOf(settings as Settings)),
  }));
  const ofQbittorrent = fieldsBySetting(properties, (settings) =>
    preferencesOf(rosterOf(settings as Settings)),
  );
  const ofPage = pagesOf('torrents');
  const listed = (fields: readonly string[] = []): string => fields.map(code).join(', ');
  return (name) => [ofPage(name), listed(ofTransmission.get(name)), listed(ofQbittorrent.get(name))];
}

/** The view of the page's settings that shows a setting, by the name of its file. */
function pagesOf(system: string): (name: string) => string {
  const folder = join(ROOT, 'web', 'src', 'systems', system, 'settings');
  const views = readdirSync(folder)
    .filter((file) => file.endsWith('.tsx'))
    .map((file) => [file.replace('.tsx', ''), readFileSync(join(folder, file), 'utf8')] as const);
  // Where it is changed: `onChange({ name`, or its name in a list of those that are changed alike.
  const changes = (name: string): RegExp => new RegExp(`onChange\\(\\{\\s*${name}\\b|'${name}'`);
  return (name) =>
    views
      .filter(([, text]) => changes(name).test(text))
      .map(([view]) => view)
      .join(', ');
}
