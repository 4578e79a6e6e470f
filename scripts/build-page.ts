/**
 * Builds the page (`web/`) into `dist/web`, with compressed twins of its files. `--if-needed`: only when a source is newer
 * than what was built, so that `npm start` in a fresh checkout shows the page.
 */
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import { NODE, ROOT } from './steps.ts';

const WEB = join(ROOT, 'web');
const OUT = join(ROOT, 'dist', 'web');
const COMPRESSED = /\.(js|css|html|svg|webmanifest)$/;

function newest(folder: string): number {
  let latest = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) latest = Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return latest;
}

function isBuilt(): boolean {
  const built = statSync(join(OUT, 'index.html'), { throwIfNoEntry: false });
  return built !== undefined && built.mtimeMs > newest(WEB);
}

/** A daemon may be serving the page that is there: the new one takes its place whole. */
function build(): void {
  const fresh = `${OUT}-${process.pid}`;
  const old = `${fresh}-old`;
  try {
    buildInto(fresh);
    if (existsSync(OUT)) renameSync(OUT, old);
    renameSync(fresh, OUT);
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

function buildInto(folder: string): void {
  const where = ['--outDir', folder, '--emptyOutDir'];
  // Not by its name: the Node.js of the system may be too old for it.
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  execFileSync(NODE, [vite, 'build', '--logLevel', 'warn', ...where, WEB], { cwd: ROOT, stdio: 'inherit' });
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !COMPRESSED.test(entry.name)) continue;
    const bytes = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    const params = { [zlib.BROTLI_PARAM_QUALITY]: zlib.BROTLI_MAX_QUALITY };
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  }
}

/** A checkout of another user's: the daemon goes on without the page, or with the old one. */
function isWritable(): boolean {
  const folder = [OUT, join(ROOT, 'dist'), ROOT].find((path) => existsSync(path))!;
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

if (!process.argv.includes('--if-needed')) build();
else if (!isBuilt()) {
  const state = existsSync(join(OUT, 'index.html')) ? 'older than its sources' : 'not built';
  if (isWritable()) build();
  else
    console.error(
      `shoal: the page is ${state}, and ${ROOT} cannot be written by this user; as its owner: cd ${ROOT} && npm run build:page`,
    );
}
