/** The characters of views: Unicode, or ASCII where the locale has no others. */

export interface Glyphs {
  readonly branch: string;
  readonly lastBranch: string;
  readonly trunk: string;
  readonly target: string;
  readonly down: string;
  readonly up: string;
  /** One column wide. */
  readonly cut: string;
  readonly full: string;
  readonly empty: string;
  /** Parts of a column of a bar, by their number of eighths; fewer where there are none. */
  readonly parts: readonly string[];
  /** From none to all of a stretch of pieces. */
  readonly shades: readonly string[];
  readonly edges: readonly [string, string];
}

export const UNICODE: Glyphs = {
  branch: '├─',
  lastBranch: '└─',
  trunk: '│ ',
  target: '→',
  down: '↓',
  up: '↑',
  cut: '…',
  full: '█',
  empty: '░',
  parts: ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'],
  shades: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  edges: ['▕', '▏'],
};

export const ASCII: Glyphs = {
  branch: '|-',
  lastBranch: '`-',
  trunk: '| ',
  target: '->',
  down: 'down',
  up: 'up',
  cut: '~',
  full: '#',
  empty: '.',
  parts: [''],
  shades: [' ', '.', '.', ':', ':', '+', '+', '*', '#'],
  edges: ['[', ']'],
};

/** POSIX: LC_ALL before LC_CTYPE before LANG. Without any, the locale is "C", which is ASCII. */
export function chooseGlyphs(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Glyphs {
  // Terminals there know UTF-8, and these variables are often unset.
  if (platform === 'darwin' || platform === 'win32') return UNICODE;
  const set = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(set ?? '') ? UNICODE : ASCII;
}

/** The glyphs for this process. */
export const GLYPHS: Glyphs = chooseGlyphs(process.env, process.platform);
