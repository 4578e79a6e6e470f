/**
 * Fresh Debian systems for `npm run fresh`: trees of debootstrap with nothing but git added. A command runs in a copy of
 * a tree, which is the root of a mount namespace and a process namespace of its own: what is mounted and started there
 * ends with the command, however that ends. Mirror, proxies and settings of npm and pip are those of this machine.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Machine {
  /** The address from which apt gets Debian. */
  readonly mirror: string;
  /** How apt reaches its archives: proxies, retries, checks of dates. */
  readonly aptSettings: string;
  /** Certificates that npm and pip trust besides their own. */
  readonly authorities: Buffer | undefined;
  readonly env: Readonly<Record<string, string>>;
}

const NPM_SETTINGS: readonly string[] = ['registry', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl'];
const PROXIES: readonly string[] = ['http_proxy', 'https_proxy', 'no_proxy'];
const AUTHORITIES = '/etc/machine-authorities.pem';

export function readMachine(): Machine {
  const env: Record<string, string> = {};
  for (const name of NPM_SETTINGS) {
    const value = npmSetting(name);
    if (value !== undefined) env[`npm_config_${name.replaceAll('-', '_')}`] = value;
  }
  for (const name of PROXIES) {
    const value = process.env[name] ?? process.env[name.toUpperCase()];
    if (value !== undefined) env[name] = value;
  }
  const { PIP_INDEX_URL: index } = process.env;
  if (index !== undefined) env.PIP_INDEX_URL = index;
  const file = npmSetting('cafile') ?? process.env.NODE_EXTRA_CA_CERTS;
  const authorities = file === undefined ? undefined : readFileSync(file);
  if (authorities !== undefined) {
    env.npm_config_cafile = AUTHORITIES;
    env.NODE_EXTRA_CA_CERTS = AUTHORITIES;
    env.PIP_CERT = AUTHORITIES;
  }
  return { mirror: readMirror(), aptSettings: readAptSettings(), authorities, env };
}

/** Asked outside the checkout, whose own settings come along with the clone. */
function ask(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function npmSetting(name: string): string | undefined {
  const value = ask('npm', 'config', 'get', name).trim();
  return ['null', 'undefined', ''].includes(value) ? undefined : value;
}

function readMirror(): string {
  const format = '$(LABEL)|$(COMPONENT)|$(SITE)';
  const targets = ask('apt-get', 'indextargets', '--format', format, 'Created-By: Packages').split('\n');
  const target = targets.find((line) => line.startsWith('Debian|main|'));
  if (target === undefined)
    throw new Error(
      'apt on this machine knows no archive of Debian: add one to its sources, run apt-get update',
    );
  return target.split('|')[2]!;
}

function readAptSettings(): string {
  const dump = ask('apt-config', 'dump', '--no-empty', '--format', '%f "%v";%n', 'Acquire').split('\n');
  return `${dump.filter((line) => /^Acquire::(https?::|Check-|Retries|ForceIPv)/.test(line)).join('\n')}\n`;
}

/** Makes the tree of a suite, or takes the one that an earlier run made. */
export function makeTree(suite: string, folder: string, machine: Machine): string {
  const tree = join(folder, suite);
  if (existsSync(tree)) return tree;
  console.log(`making a tree of ${suite} in ${tree} (once)`);
  const part = `${tree}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync('debootstrap', ['--variant=minbase', '--include=git', suite, part, machine.mirror], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...machine.env },
  });
  // The installer of Debian writes this file, debootstrap does not.
  writeFileSync(join(part, 'etc', 'hosts'), '127.0.0.1 localhost\n::1 localhost\n');
  renameSync(part, tree);
  return tree;
}

const running = new Set<ChildProcess>();

/** Ends all commands in all trees: the end of a process namespace's first process is the end of the namespace. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A command that runs, and what it has printed. */
export class Running {
  readonly ended: Promise<number>;
  text = '';
  readonly #child: ChildProcess;
  #onText: () => void = () => {};

  constructor(child: ChildProcess, log: (text: string) => void) {
    this.#child = child;
    running.add(child);
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk) => {
        this.text += String(chunk);
        log(String(chunk));
        this.#onText();
      });
    }
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        running.delete(child);
        resolve(code ?? 1);
      });
    });
  }

  /** The first match in what it prints, or undefined when it ended without. */
  async find(pattern: RegExp): Promise<RegExpExecArray | undefined> {
    const found = new Promise<RegExpExecArray>((resolve) => {
      this.#onText = () => {
        const match = pattern.exec(this.text);
        if (match !== null) resolve(match);
      };
      this.#onText();
    });
    return Promise.race([found, this.ended.then(() => pattern.exec(this.text) ?? undefined)]);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

export interface SystemOptions {
  /** Where the copy is put. */
  readonly dir: string;
  readonly tree: string;
  readonly machine: Machine;
  readonly log: (text: string) => void;
}

/** A copy of a tree. */
export class System {
  readonly #options: SystemOptions;

  constructor(options: SystemOptions) {
    const { dir, tree, machine } = options;
    this.#options = options;
    this.remove();
    execFileSync('cp', ['-a', '--reflink=auto', tree, dir]);
    // These may be others than when the tree was made.
    execFileSync('cp', ['-L', '/etc/resolv.conf', this.path('etc', 'resolv.conf')]);
    writeFileSync(this.path('etc', 'apt', 'apt.conf.d', '01machine'), machine.aptSettings);
    // The copy is thrown away: nothing in it has to survive a power loss.
    writeFileSync(this.path('etc', 'dpkg', 'dpkg.cfg.d', 'unsafe-io'), 'force-unsafe-io\n');
    if (machine.authorities !== undefined) writeFileSync(this.path(AUTHORITIES), machine.authorities);
  }

  path(...parts: string[]): string {
    return join(this.#options.dir, ...parts);
  }

  /** Starts shell text, as root or as another user. */
  start(script: string, user = 'root'): Running {
    const { dir, machine, log } = this.#options;
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
    // `ip netns` makes `/` a slave mount, so the tree has to be a mount point.
    const enter =
      'mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && ' +
      'mount --rbind /sys "$0/sys" && exec chroot "$0" "$@"';
    const inside = user === 'root' ? ['sh', '-c', script] : ['su', user, '-c', script];
    const env: Record<string, string> = {
      ...machine.env,
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
    };
    if (process.env.CI !== undefined) env.CI = process.env.CI;
    const child = spawn('unshare', [...namespaces, 'sh', '-c', enter, dir, ...inside], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Running(child, log);
  }

  /** Runs shell text to its end. */
  async run(script: string, user?: string): Promise<{ readonly status: number; readonly text: string }> {
    const command = this.start(script, user);
    const status = await command.ended;
    return { status, text: command.text };
  }

  remove(): void {
    rmSync(this.#options.dir, { recursive: true, force: true });
  }
}
