/** Builds dist/ for the published package: Node refuses to strip types under node_modules, so it ships JavaScript; and the page. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NODE, ROOT, tool } from './steps.ts';

// The page stays until there is a new one: a daemon of this checkout may be serving it.
const dist = join(ROOT, 'dist');
for (const name of existsSync(dist) ? readdirSync(dist) : [])
  if (name !== 'web') rmSync(join(dist, name), { recursive: true, force: true });
execFileSync(tool('tsc'), ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
execFileSync(NODE, [join('scripts', 'build-page.ts')], { cwd: ROOT, stdio: 'inherit' });
chmodSync(join(ROOT, 'dist', 'app', 'bin.js'), 0o755);
