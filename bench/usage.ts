/** What a running process has cost so far, from /proc. */
import { existsSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

export interface Usage {
  readonly cpuSeconds: number;
  /** The peak of everything resident, program text and mapped files included. */
  readonly peakMib: number;
  /** Resident now, without what is mapped from files: those are the kernel's cache. */
  readonly ownMib: number;
}

export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (key: string): number =>
    Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    peakMib: mib('VmHWM'),
    ownMib: mib('RssAnon'),
  };
}

/** Watches the anonymous memory of processes: of what maps its files, as libtorrent does, the rest says nothing. */
export class MemoryWatch {
  readonly #pids: readonly number[];
  readonly #peaks: number[];
  readonly #timer: NodeJS.Timeout;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#peaks = pids.map(() => 0);
    this.#timer = setInterval(() => this.#look(), 50);
    this.#timer.unref();
  }

  #look(): void {
    for (const [index, pid] of this.#pids.entries()) {
      if (!existsSync(`/proc/${pid}/status`)) continue;
      this.#peaks[index] = Math.max(this.#peaks[index]!, usageOf(pid).ownMib);
    }
  }

  /** MiB, one a process. */
  stop(): readonly number[] {
    this.#look();
    clearInterval(this.#timer);
    return this.#peaks;
  }
}
