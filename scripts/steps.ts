/** Runs the steps of `npm run check` and `npm test`: one line a step, the output of a step that failed in full. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const ROOT: string = join(import.meta.dirname, '..');
const bin = join(ROOT, 'node_modules', '.bin');
export const NODE: string = process.execPath;

export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const tool = (name: string): string => join(bin, name);

/** Tests start hundreds of processes of the same modules: two thirds of what a start computes is reading them. */
const COMPILED_ONCE = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'compiled') };

export function testStep(name: string, globs: readonly string[], concurrency?: number): Step {
  const args = ['--test', '--test-reporter=dot'];
  if (concurrency !== undefined) args.push(`--test-concurrency=${concurrency}`);
  return { name, command: NODE, args: [...args, ...globs], env: COMPILED_ONCE };
}

export const QUICK_STEPS: readonly Step[] = [
  { name: 'types', command: NODE, args: ['scripts/types.ts'] },
  { name: 'types of pure rooms', command: tool('tsc'), args: ['-p', 'tsconfig.pure.json'] },
  { name: 'types of the page', command: tool('tsc'), args: ['-p', 'web/tsconfig.json'] },
  { name: 'types of browser tests', command: tool('tsc'), args: ['-p', 'tsconfig.browser.json'] },
  { name: 'lint and format', command: tool('biome'), args: ['check', '--diagnostic-level=warn', '.'] },
  { name: 'layer rules', command: NODE, args: ['scripts/tidy.ts'] },
  { name: 'generated documents', command: NODE, args: ['scripts/docs.ts', '--check'] },
  { name: 'messages of commits', command: NODE, args: ['scripts/commits.ts'] },
  testStep('unit tests', ['src/**/*.test.ts', 'web/src/**/*.test.ts', 'scripts/*.test.ts', 'fuzz/*.test.ts']),
];

/**
 * How the reason of a skip begins that even CI accepts: the kernel or the sandbox refuses what the test needs. A program
 * that could be installed is no such reason.
 */
export const MACHINE_CANNOT = 'this machine cannot';

/** Counts of the node test runner, summed over steps. `excused` are those of `skipped` that the machine cannot run. */
export const totals: { passed: number; failed: number; skipped: number; excused: number } = {
  passed: 0,
  failed: 0,
  skipped: 0,
  excused: 0,
};

/** True when it succeeded. */
export async function runStep(step: Step): Promise<boolean> {
  const started = performance.now();
  const isTest = step.args.includes('--test');
  const args = isTest
    ? step.args.map((arg) => (arg === '--test-reporter=dot' ? '--test-reporter=spec' : arg))
    : step.args;
  const { code, output } = await capture({ ...step, args });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (isTest) count(output);
  const tests = isTest ? `, ${/^ℹ pass (\d+)/m.exec(output)?.[1] ?? 0} tests` : '';
  console.log(`${code === 0 ? '✔' : '✖'} ${step.name} (${seconds} s${tests})`);
  if (code !== 0) console.log(isTest ? failuresOf(output) : output.slice(-20_000));
  for (const line of skippedIn(output)) console.log(`  skipped: ${line}`);
  return code === 0;
}

function failuresOf(output: string): string {
  const at = output.indexOf('failing tests:');
  return (at < 0 ? output : output.slice(at)).slice(0, 30_000);
}

/** The tests that the runner's spec reporter calls skipped, each with its reason. */
export function skippedIn(output: string): string[] {
  return [...output.matchAll(/^\s*﹣ (.*)$/gm)].map((match) => match[1]!.replace(/ \(\d[\d.]*ms\)/, ''));
}

function count(output: string): void {
  const number = (word: string): number =>
    Number(new RegExp(`^ℹ ${word} (\\d+)`, 'm').exec(output)?.[1] ?? 0);
  totals.passed += number('pass');
  totals.failed += number('fail') + number('cancelled');
  totals.skipped += number('skipped');
  totals.excused += skippedIn(output).filter((line) => line.includes(`# ${MACHINE_CANNOT}`)).length;
}

/**
 * A test that leaves something open keeps its step from ending, and CI from telling which one it was. A step takes a few
 * minutes, also on a busy machine a fraction of this.
 */
const STEP_MS = 60 * 60_000;

export function capture(step: Step): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(step.command, [...step.args], {
      cwd: ROOT,
      env: { ...process.env, ...step.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // What it started may live on and hold its output open.
      child.stdout.destroy();
      child.stderr.destroy();
      const late = `${step.name} did not end within ${STEP_MS / 60_000} minutes`;
      resolve({ code: 1, output: `${output}\n${late}\n` });
    }, STEP_MS);
    const settle = (code: number, text: string): void => {
      clearTimeout(timer);
      resolve({ code, output: text });
    };
    child.once('error', (error) => settle(1, String(error)));
    child.once('close', (code) => settle(code ?? 1, output));
  });
}
