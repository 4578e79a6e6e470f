/** Languages: English comes with the page, the others when they are chosen. */
import { useSyncExternalStore } from 'react';
import { en, type Messages } from './en.ts';

export type { Messages } from './en.ts';

export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;

const LOADERS: Readonly<Record<Exclude<Language, 'en'>, () => Promise<Messages>>> = {
  de: async () => (await import('./de.ts')).de,
  es: async () => (await import('./es.ts')).es,
  zh: async () => (await import('./zh.ts')).zh,
};

let language: Language = 'en';
let messages: Messages = en;
const listeners = new Set<() => void>();

export const getLanguage = (): Language => language;
export const getMessages = (): Messages => messages;

/** Chosen before, or what the browser prefers. */
export function preferredLanguage(): Language {
  const preferred = [localStorage.getItem('language'), ...navigator.languages];
  for (const tag of preferred) {
    const found = (Object.keys(LANGUAGES) as Language[]).find((name) => tag?.toLowerCase().startsWith(name));
    if (found !== undefined) return found;
  }
  return 'en';
}

export async function setLanguage(next: Language, isChosen: boolean): Promise<void> {
  messages = next === 'en' ? en : await LOADERS[next]();
  language = next;
  document.documentElement.lang = next;
  if (isChosen) localStorage.setItem('language', next);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The messages in the language of the page. */
export function useText(): Messages {
  return useSyncExternalStore(subscribe, getMessages);
}
