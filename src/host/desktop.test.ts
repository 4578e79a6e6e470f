// The page opens where a person sits at a screen. Elsewhere it does not, and no package is loaded.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { waitUntil } from '../../testkit/wait.ts';
import { hasDesktop, type Surroundings } from './desktop.ts';

test('a desktop is a display, Windows behind WSL, or a system that always has one; never over SSH', () => {
  const cases: readonly (readonly [Surroundings['platform'], Surroundings['env'], boolean])[] = [
    ['linux', {}, false],
    ['linux', { DISPLAY: '' }, false],
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['linux', { WSL_DISTRO_NAME: 'Debian' }, true],
    ['linux', { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, false],
    ['linux', { WSL_DISTRO_NAME: 'Debian', SSH_TTY: '/dev/pts/1' }, false],
    ['darwin', {}, true],
    ['darwin', { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' }, false],
    ['win32', {}, true],
  ];
  for (const [platform, env, expected] of cases)
    assert.equal(hasDesktop({ platform, env }), expected, `${platform} ${JSON.stringify(env)}`);
});

/** Opens an address in a process of its own. @returns what it printed, and the modules of packages that it loaded */
function openWith(env: Readonly<Record<string, string>>, url: string): string {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    const { openInBrowser } = await import('${pathToFileURL(join(import.meta.dirname, 'desktop.ts')).href}');
    await openInBrowser('${url}');
    console.log(loaded.some((name) => name.includes('node_modules')) ? 'loaded' : 'nothing loaded');`;
  const args = ['--input-type=module', '-e', script];
  return execFileSync(process.execPath, args, { encoding: 'utf8', env, timeout: 60_000 });
}

test('the address comes to the browser as it is, and nothing is printed', {
  skip: process.platform !== 'linux',
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-desktop-'));
  try {
    const browser = join(dir, 'browser');
    const told = join(dir, 'told');
    writeFileSync(
      browser,
      `#!/bin/sh\necho noise; echo noise >&2; printf %s "$1" >'${told}.part'; mv '${told}.part' '${told}'\n`,
    );
    chmodSync(browser, 0o755);
    const url = 'http://127.0.0.1:9091/#/share/3&token=$(id)0123';
    const env = { PATH: process.env.PATH!, HOME: dir, DISPLAY: ':99', BROWSER: browser, XDG_DATA_DIRS: dir };
    assert.equal(openWith(env, url), 'loaded\n');
    const opened = await waitUntil(
      () => (existsSync(told) ? readFileSync(told, 'utf8') : undefined),
      'it is opened',
    );
    assert.equal(opened, url);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('without a desktop nothing is loaded', () => {
  assert.equal(openWith({ PATH: process.env.PATH! }, 'http://127.0.0.1:9091/'), 'nothing loaded\n');
});
