/**
 * Builds dist/ for the published package: Node refuses to strip types under node_modules, so it ships JavaScript; and the page.
 *
 * The modules of `src` are bundled into some 140 files, of which a command that fetches loads 85: a third of the files that it would
 * load one by one; it computes a fifth less until it has all of 16 MiB. What others wrote stays in packages of its own.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type OutputOptions, rolldown } from 'rolldown';
import { NODE, ROOT, tool } from './steps.ts';

// The page stays until there is a new one: a daemon of this checkout may be serving it.
const dist = join(ROOT, 'dist');
for (const name of existsSync(dist) ? readdirSync(dist) : [])
  if (name !== 'web') rmSync(join(dist, name), { recursive: true, force: true });

/** Loaded before all else, on a Node.js that may be too old for the rest: in files of their own. */
const CHECKS: readonly string[] = ['node-version', 'require-node'];

/** `import x, { a as b } from "node:fs"`, as rolldown writes it. */
const BUILTIN_IMPORT = /^import\s+(?:\* as (\w+)|(\w+)?(?:,\s*)?(\{[^}]*\})?)\s+from\s+"(node:[\w/]+)";/gm;

/**
 * A module of Node.js costs less when it is asked for directly: `import` reads every name that it exports, of which some load
 * much more. A command that fetches starts a twentieth earlier without.
 */
function askForBuiltins(code: string): string {
  const asked = code.replaceAll(
    BUILTIN_IMPORT,
    (_, all?: string, main?: string, names?: string, module?: string) => {
      const wanted = [all, main, names?.replaceAll(/\s+as\s+/g, ': ')].filter((name) => name !== undefined);
      return wanted.map((name) => `const ${name} = process.getBuiltinModule("${module}");`).join('\n');
    },
  );
  if (/^import.*"node:/m.test(asked))
    throw new Error('an import of a module of Node.js that is written in another way');
  return asked;
}

async function bundle(
  input: Readonly<Record<string, string>>,
  codeSplitting: NonNullable<OutputOptions['codeSplitting']>,
): Promise<void> {
  const made = await rolldown({
    cwd: ROOT,
    input,
    platform: 'node',
    external: /^[^./]/,
    plugins: [{ name: 'builtins', renderChunk: askForBuiltins }],
    onLog: (level, log) => {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  await made.write({
    dir: dist,
    format: 'esm',
    // Two levels below the package, as modules of `src` are that look for something beside them.
    chunkFileNames: 'chunks/[name]-[hash].js',
    entryFileNames: '[name].js',
    codeSplitting,
  });
  await made.close();
}

await bundle(
  { 'app/bin': 'src/app/bin.ts', 'app/main': 'src/app/main.ts', index: 'src/index.ts' },
  { groups: CHECKS.map((name) => ({ name, test: new RegExp(`src/ground/node/${name}\\.ts$`) })) },
);
// Beside the chunk that starts it, see `piece-pool.ts`; in one file, which is read by every thread.
await bundle({ 'chunks/piece-worker': 'src/data/disk/piece-worker.ts' }, false);
// The types of the library, and of nothing else.
execFileSync(tool('tsc'), ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
execFileSync(NODE, [join('scripts', 'build-page.ts')], { cwd: ROOT, stdio: 'inherit' });
chmodSync(join(ROOT, 'dist', 'app', 'bin.js'), 0o755);
