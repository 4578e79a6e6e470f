/** Builds dist/ for the published package: Node refuses to strip types under node_modules, so it ships JavaScript; and the page. */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NODE, ROOT, tool } from './steps.ts';

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
execFileSync(tool('tsc'), ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
execFileSync(NODE, [join('scripts', 'build-page.ts')], { cwd: ROOT, stdio: 'inherit' });
chmodSync(join(ROOT, 'dist', 'app', 'bin.js'), 0o755);
