/**
 * `npm run fresh`: the two commands of the README on fresh Debian systems, as root and as an ordinary user. It is tried
 * before each release. The trees lie outside the checkout and are kept for the next time.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endAll, makeTree, readMachine, System } from './debian-tree.ts';
import { hasProgram } from './setup-programs.ts';
import { ROOT } from './steps.ts';

const SUITES: readonly string[] = ['bookworm', 'trixie'];
const HELP = `npm run fresh -- OPTIONS: the commands of the README on fresh Debian systems (as root, on Debian)
  --suite NAME   this release only; repeatable (default: ${SUITES.join(' and ')})
  --only PART    one of these only; repeatable
                   share  ./shoal share PATH, as root
                   user   both commands as an ordinary user, who installs what the messages name
                   test   npm ci && npm test, as root
  --tests GLOB   these test files instead of all; repeatable
  --dir DIR      where trees and outputs are kept (default: shoal-fresh in $XDG_CACHE_HOME)
  --remake       make the trees anew
  --keep         keep the systems in which the commands ran
`;
const USER = 'newcomer';
/** How often a user may be told to install something: npm with what is known to be missing, then what nobody knew. */
const MAX_HINTS = 3;
/** Nothing but the two processes is talked to. */
const ALONE = '--no-dht --no-lsd --port 0';

type Part = (system: System, tests: readonly string[]) => Promise<void>;
const PARTS: Readonly<Record<string, Part>> = { share: tryShare, user: tryUser, test: tryTest };

function fail(what: string, text: string): never {
  throw new Error(`${what}; it printed last:\n${text.slice(-3000)}`);
}

/** A home folder with a clone of this checkout, and something to share. */
function settle(system: System, home: string): void {
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, system.path(home, 'shoal')]);
  mkdirSync(system.path(home, 'photos'));
  writeFileSync(system.path(home, 'photos', 'a.bin'), Buffer.alloc(300_000, 'shoal'));
}

/** Shares, gets it with a second process, and compares. Returns what was printed when it ended before it shared. */
async function shareAndGet(system: System, user?: string): Promise<string | undefined> {
  const share = system.start(`cd ~/shoal && exec ./shoal share ~/photos ${ALONE} --state ~/giver`, user);
  const link = await share.find(/'(magnet:[^']*)'/);
  if (link === undefined) return share.text;
  const got = await system.run(
    `cd ~/shoal && ./shoal get '${link[1]}' -o ~/inbox ${ALONE} --state ~/taker --timeout 120 && cmp ~/photos/a.bin ~/inbox/photos/a.bin`,
    user,
  );
  await share.kill();
  if (got.status !== 0) fail('what is shared does not arrive', got.text);
  return undefined;
}

async function tryShare(system: System): Promise<void> {
  settle(system, 'root');
  const failure = await shareAndGet(system);
  if (failure !== undefined) fail('./shoal share ended', failure);
}

async function tryTest(system: System, tests: readonly string[]): Promise<void> {
  settle(system, 'root');
  await install(system, 'apt-get install nodejs npm');
  const second =
    tests.length === 0
      ? 'npm test'
      : `npm run setup-programs && sh scripts/node.sh --test --test-concurrency=1 ${tests.map((glob) => `'${glob}'`).join(' ')}`;
  const { status, text } = await system.run(`cd ~/shoal && npm ci && ${second}`);
  if (status !== 0) fail(`npm ci && ${second} failed`, text);
  console.log(`  ${text.trim().split('\n').at(-1)}`);
}

async function tryUser(system: System, tests: readonly string[]): Promise<void> {
  const made = await system.run(`useradd --create-home --shell /bin/sh ${USER}`);
  if (made.status !== 0) fail('no user was made', made.text);
  settle(system, `home/${USER}`);
  await system.run(`chown -R ${USER}: /home/${USER}`);
  await follow(system, '~/shoal share', () => shareAndGet(system, USER));

  // The second command, as if the first had never run.
  const own = tests.length === 0 ? 'npm run check' : `sh scripts/node.sh --test ${tests.join(' ')}`;
  await system.run('apt-get purge -y libatomic1');
  let isInstalled = false;
  await follow(system, own, async () => {
    const { status, text } = await system.run(`cd ~/shoal && ${isInstalled ? '' : 'npm ci && '}${own}`, USER);
    isInstalled = true;
    return status === 0 ? undefined : text;
  });
}

/** Does what one line says, as root, until the command does not fail any more. */
async function follow(
  system: System,
  what: string,
  attempt: () => Promise<string | undefined>,
): Promise<void> {
  for (let hints = 0; ; hints++) {
    const failure = await attempt();
    if (failure === undefined) return;
    const lines = failure.split('\n').filter((line) => line.startsWith('shoal: '));
    const command = /: sudo (apt-get install [a-z0-9 .+-]+)$/.exec(lines.at(-1) ?? '')?.[1];
    if (command === undefined || hints === MAX_HINTS)
      fail(`${what} failed, and no line says what to install`, failure);
    console.log(`  ${lines.at(-1)}`);
    await install(system, command);
  }
}

async function install(system: System, command: string): Promise<void> {
  const quiet = 'DEBIAN_FRONTEND=noninteractive';
  const script = `apt-get update -q && ${quiet} ${command} -y --no-install-recommends`;
  const { status, text } = await system.run(script);
  if (status !== 0) fail(command, text);
}

/** Why this machine can't run it, or undefined. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux' || !hasProgram('apt-get')) return 'it runs on Debian only';
  if (process.getuid?.() !== 0)
    return 'it needs root, for debootstrap, mounts and chroot: sudo npm run fresh';
  if (!hasProgram('debootstrap')) {
    console.log('installing debootstrap with apt-get');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['update'], { stdio: 'ignore', env });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'debootstrap'], {
      stdio: 'ignore',
      env,
    });
  }
  try {
    execFileSync('unshare', ['--mount', '--pid', '--fork', 'true'], { stdio: 'pipe' });
  } catch (error) {
    return `namespaces cannot be made here: ${(error as Error).message}`;
  }
  return undefined;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string', multiple: true, default: [...SUITES] },
      only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
      tests: { type: 'string', multiple: true, default: [] },
      dir: {
        type: 'string',
        default: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'shoal-fresh'),
      },
      remake: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.only.find((part) => PARTS[part] === undefined);
  if (values.help || unknown !== undefined) {
    console.log(unknown === undefined ? HELP : `no part is called ${unknown}\n\n${HELP}`);
    return unknown === undefined ? 0 : 2;
  }
  const why = obstacle();
  if (why !== undefined) {
    console.error(`npm run fresh: ${why}`);
    return 1;
  }
  const changes = execFileSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' });
  if (changes !== '') console.log('what is not committed is not tried: a clone of the last commit is');
  claim(values.dir);
  const machine = readMachine();
  let failures = 0;
  for (const suite of values.suite) {
    if (values.remake) rmSync(join(values.dir, suite), { recursive: true, force: true });
    const tree = makeTree(suite, values.dir, machine);
    for (const part of values.only) {
      const output = join(values.dir, `${suite}-${part}.log`);
      writeFileSync(output, '');
      const log = (text: string): void => appendFileSync(output, text);
      const started = performance.now();
      const dir = join(values.dir, `run-${suite}-${part}`);
      if (!values.keep) process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
      const system = new System({ dir, tree, machine, log });
      const problem = await PARTS[part]!(system, values.tests).then(
        () => undefined,
        (error: Error) => error.message,
      );
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      console.log(`${problem === undefined ? '✔' : '✖'} ${suite}: ${part} (${seconds} s; output: ${output})`);
      if (problem !== undefined) {
        console.log(problem);
        failures++;
      }
      if (!values.keep) system.remove();
    }
  }
  return failures === 0 ? 0 : 1;
}

/** The folder is for one run at a time. @throws Error when another goes on */
function claim(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'pid');
  const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (owner > 0 && existsSync(`/proc/${owner}`))
    throw new Error(`another run (process ${owner}) uses ${folder}: wait for it, or give --dir`);
  writeFileSync(file, `${process.pid}`);
  process.once('exit', () => rmSync(file, { force: true }));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endAll();
    process.exit(130);
  });
}
try {
  process.exitCode = await main();
} catch (error) {
  console.error(`npm run fresh: ${(error as Error).message} (--help lists the options)`);
  process.exitCode = 1;
}
