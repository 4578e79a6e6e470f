/** Opens an address with what the desktop has for it; does nothing where there is no desktop. */
import { spawn } from 'node:child_process';

export function openInBrowser(url: string): void {
  const { platform, env } = process;
  const hasDesktop = platform !== 'linux' || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  if (!hasDesktop || env.SSH_CONNECTION !== undefined) return;
  const [command, args] =
    platform === 'darwin'
      ? ['open', [url]]
      : platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler', url]]
        : ['xdg-open', [url]];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  // The address was printed as well.
  child.on('error', () => {});
  child.unref();
}
