/**
 * Languages: English comes with the code, the others when they are chosen. The shell has its texts; each system brings its
 * own, and its views see both.
 */
import { useSyncExternalStore } from 'react';
import { createState, type SharedState } from '../state.ts';
import { en, type ShellMessages } from './en.ts';

export type { ShellMessages } from './en.ts';

export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;

/** How the messages of each language but English are loaded. */
export type Loaders<Messages> = Readonly<Record<Exclude<Language, 'en'>, () => Promise<Messages>>>;

export interface Texts<Messages> {
  /** The messages in the language of the page; the component is drawn again when that changes. */
  readonly useText: () => Messages;
  readonly getText: () => Messages;
}

interface Catalog {
  /** @returns a function that puts the messages in place */
  readonly load: (language: Language) => Promise<() => void>;
}

let wanted: Language = 'en';
/** The catalog of the shell is the first: those of systems build on it. */
const catalogs: Catalog[] = [];
/** Changes when all messages are in place. */
const language: SharedState<Language> = createState<Language>('en');
export const getLanguage: () => Language = language.get;

function createCatalog<Own extends object, Messages>(
  english: Own,
  loaders: Loaders<Own>,
  complete: (own: Own) => Messages,
): Texts<Messages> {
  let messages = complete(english);
  catalogs.push({
    load: async (next) => {
      const own = next === 'en' ? english : await loaders[next]();
      return () => void (messages = complete(own));
    },
  });
  const getText = (): Messages => messages;
  return { getText, useText: () => useSyncExternalStore(language.subscribe, getText) };
}

const shell: Texts<ShellMessages> = createCatalog(
  en,
  {
    de: async () => (await import('./de.ts')).de,
    es: async () => (await import('./es.ts')).es,
    zh: async () => (await import('./zh.ts')).zh,
  },
  (own) => own,
);
export const { useText, getText } = shell;

/** Texts that stand alone, such as those of settings. */
export const createOwnTexts = <Own extends object>(english: Own, loaders: Loaders<Own>): Texts<Own> =>
  createCatalog(english, loaders, (own) => own);

/** The texts of a system, beside those of the shell. */
export function createTexts<Own extends object>(
  english: Own,
  loaders: Loaders<Own>,
): Texts<ShellMessages & Own> {
  return createCatalog(english, loaders, (own) => ({ ...getText(), ...own }));
}

/** The language that the person chose before, or else that of the browser. */
export function preferredLanguage(): Language {
  const preferred = [localStorage.getItem('language'), ...navigator.languages];
  for (const tag of preferred) {
    const found = (Object.keys(LANGUAGES) as Language[]).find((name) => tag?.toLowerCase().startsWith(name));
    if (found !== undefined) return found;
  }
  return 'en';
}

/** All views change at once. A later choice wins over an earlier one whose messages come late. */
export async function setLanguage(next: Language): Promise<void> {
  wanted = next;
  const loaded = await Promise.all(catalogs.map((catalog) => catalog.load(next)));
  if (wanted !== next) return;
  for (const put of loaded) put();
  document.documentElement.lang = next;
  language.set(next);
}

/** As `setLanguage`, and the browser remembers it. */
export async function chooseLanguage(next: Language): Promise<void> {
  await setLanguage(next);
  localStorage.setItem('language', next);
}

/** Loads the texts of a system whose code came after the language was set. */
export const loadTexts = (): Promise<void> => setLanguage(wanted);
