/** What the shell says, in English; the words that every system's views may use are here as well. */
export const en = {
  add: 'Add',
  remove: 'Remove',
  cancel: 'Cancel',
  close: 'Close',
  back: 'Back',
  next: 'Next',
  save: 'Save',
  saved: 'Saved',
  retry: 'Try again',
  search: 'Search',
  settings: 'Settings',
  details: 'Details',
  noLimit: 'No limit',
  kibibytes: 'KiB/s',
  notWhole: 'A whole number, or empty',
  notNumber: 'A number above zero, or empty',
  atLeast: (n: number) => `A whole number of at least ${n}, or empty`,
  offline:
    'Shoal does not answer. It may not be running: start it with “shoal up”. This page tries again by itself.',
  connecting: 'Connecting to Shoal',
  noAnswer: 'Shoal does not answer. It may not be running.',
  signInTitle: 'Sign in',
  signInText:
    'Shoal asks for its token. “shoal open” opens the page signed in. The token is in the file api-token in the state folder.',
  token: 'Token',
  signIn: 'Sign in',
  failed: (why: string) => `That did not work: ${why}`,
  setPage: 'This page',
  setLanguage: 'Language',
  setTheme: 'Appearance',
  themes: { system: 'Like the system', light: 'Light', dark: 'Dark' },
};

export type ShellMessages = typeof en;
