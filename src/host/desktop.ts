/**
 * Opens an address with what the desktop has for it, where there is a desktop. It prints nothing and fails silently: the
 * address was printed as well.
 */

/** PowerShell, which opens it on Windows, takes less than a second. The command waits no longer. */
const OPENING_MS = 5000;

/** The facts that tell whether a person sits at a screen of this machine. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** On WSL the desktop is that of Windows. Over SSH the screen is another machine's, which cannot reach the address. */
export function hasDesktop({ platform, env }: Surroundings = process): boolean {
  const has = (name: string): boolean => (env[name] ?? '') !== '';
  if (has('SSH_CONNECTION') || has('SSH_TTY')) return false;
  return platform !== 'linux' || ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME'].some(has);
}

/** @returns when a program was started for it, or after `OPENING_MS` */
export async function openInBrowser(url: string, surroundings: Surroundings = process): Promise<void> {
  if (!hasDesktop(surroundings)) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, OPENING_MS).unref();
  await Promise.race([start(url), late]);
  clearTimeout(timer);
}

async function start(url: string): Promise<void> {
  try {
    // Here, because most runs open nothing.
    const { default: open } = await import('open');
    const child = await open(url);
    child.on('error', () => {});
  } catch {
    // No program for it.
  }
}
