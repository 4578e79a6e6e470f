/**
 * A network of a test's own: a Linux network namespace in which programs run and out of which nothing gets. Needs root,
 * iproute2 and a system that lets namespaces be made; tests without it are skipped and say so.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { hasProgram } from '../scripts/setup-programs.ts';
import { MACHINE_CANNOT } from '../scripts/steps.ts';

export function namespacesMissing(): string | false {
  if (process.platform !== 'linux') return 'network namespaces are a feature of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (!hasProgram('ip')) return 'iproute2 is not installed';
  obstacle ??= tryNamespace();
  return obstacle;
}

/** Found out once: why none can be made, or false. */
let obstacle: string | false | undefined;

/** A container may keep root from making one, and in a chroot that is no mount point none can be entered. */
function tryNamespace(): string | false {
  const name = `shoal-try-${process.pid}`;
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' });
    execFileSync('ip', ['netns', 'exec', name, 'true'], { stdio: 'pipe' });
    return false;
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error).trim();
    return `${MACHINE_CANNOT} make network namespaces: ${said.split('\n')[0]}`;
  } finally {
    spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  }
}

let count = 0;

export class Namespace {
  readonly name: string;

  constructor() {
    this.name = `shoal-${process.pid}-${count++}`;
    execFileSync('ip', ['netns', 'add', this.name]);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** Runs `ip` inside. */
  ip(...args: string[]): void {
    execFileSync('ip', ['-n', this.name, ...args], { stdio: 'pipe' });
  }

  /** The words before a command that make it run inside. */
  get command(): string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Hosts that live inside, on loopback: some programs don't talk to 127.0.0.1. */
  addHosts(...hosts: string[]): void {
    for (const host of hosts) this.ip('addr', 'add', `${host}/24`, 'dev', 'lo');
  }

  /** A cable to another namespace. */
  connect(other: Namespace, ownHost: string, otherHost: string): void {
    const [near, far] = [`v${process.pid % 10_000}a${count}`, `v${process.pid % 10_000}b${count}`];
    count++;
    execFileSync('ip', [
      'link',
      'add',
      near,
      'netns',
      this.name,
      'type',
      'veth',
      'peer',
      'name',
      far,
      'netns',
      other.name,
    ]);
    this.ip('addr', 'add', `${ownHost}/24`, 'dev', near);
    other.ip('addr', 'add', `${otherHost}/24`, 'dev', far);
    this.ip('link', 'set', near, 'up');
    other.ip('link', 'set', far, 'up');
  }

  /** Names of the interfaces inside. */
  devices(): string[] {
    const links = execFileSync('ip', ['-n', this.name, '-j', 'link'], { encoding: 'utf8' });
    return (JSON.parse(links) as { ifname: string }[]).map((link) => link.ifname);
  }

  close(): void {
    try {
      execFileSync('ip', ['netns', 'del', this.name], { stdio: 'pipe' });
    } catch {
      // Gone already.
    }
  }
}
