/**
 * `npm run under-load -- [--times N] COMMAND…`: runs a command while every core is kept busy by something else, and
 * tells how often it passed. Tests that depend on the speed of the machine fail here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

/** Spins until its parent is gone, so that it outlives no run, however that ends. */
const BUSY_LOOP =
  'const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 1e7; i++);';

function keepBusy(): ChildProcess[] {
  return Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', BUSY_LOOP], { stdio: 'ignore' }),
  );
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { stdio: 'inherit' });
    child.once('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}`);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}

async function main(): Promise<void> {
  // Options of the command itself stand behind its name.
  const at = process.argv.findIndex(
    (arg, i) => i >= 2 && !arg.startsWith('-') && process.argv[i - 1] !== '--times',
  );
  const { values } = parseArgs({
    args: at < 0 ? process.argv.slice(2) : process.argv.slice(2, at),
    options: { times: { type: 'string', default: '1' } },
  });
  const times = Number(values.times);
  const [command, ...args] = at < 0 ? [] : process.argv.slice(at);
  if (command === undefined || !Number.isInteger(times) || times < 1) {
    console.error('usage: npm run under-load -- [--times N] COMMAND…');
    process.exitCode = 2;
    return;
  }
  const loops = keepBusy();
  let passed = 0;
  try {
    for (let n = 1; n <= times; n++) {
      if ((await run(command, args)) === 0) passed++;
      if (times > 1) console.log(`${passed} of ${n} runs passed`);
    }
  } finally {
    for (const loop of loops) loop.kill();
  }
  process.exitCode = passed === times ? 0 : 1;
}

await main();
