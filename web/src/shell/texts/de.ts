/** What the shell says, in German. */
import type { ShellMessages } from './en.ts';

export const de: ShellMessages = {
  add: 'Hinzufügen',
  remove: 'Entfernen',
  cancel: 'Abbrechen',
  close: 'Schließen',
  back: 'Zurück',
  next: 'Weiter',
  save: 'Speichern',
  saved: 'Gespeichert',
  retry: 'Erneut versuchen',
  search: 'Suchen',
  settings: 'Einstellungen',
  details: 'Einzelheiten',
  noLimit: 'Keine Grenze',
  kibibytes: 'KiB/s',
  notWhole: 'Eine ganze Zahl, oder leer',
  notNumber: 'Eine Zahl über null, oder leer',
  atLeast: (n) => `Eine ganze Zahl ab ${n}, oder leer`,
  offline:
    'Shoal antwortet nicht. Vielleicht läuft es nicht: Starte es mit „shoal up“. Diese Seite versucht es von selbst wieder.',
  connecting: 'Verbindet sich mit Shoal',
  noAnswer: 'Shoal antwortet nicht. Vielleicht läuft es nicht.',
  signInTitle: 'Anmelden',
  signInText:
    'Shoal fragt nach seinem Token. „shoal open“ öffnet die Seite angemeldet. Das Token steht in der Datei api-token im Zustandsordner.',
  token: 'Token',
  signIn: 'Anmelden',
  failed: (why) => `Das ging nicht: ${why}`,
  setPage: 'Diese Seite',
  setLanguage: 'Sprache',
  setTheme: 'Aussehen',
  themes: { system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
};
