/**
 * When the first bytes of a transfer pass the loopback interface, as the kernel counts them: the same clock for every
 * program, whatever it writes to its files and when. Nothing else may talk on this machine's loopback meanwhile.
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** Shaking hands and announcing takes some kilobytes; a transfer has begun when so much has passed. */
const BEGIN_BYTES = 256 * 1024;
const LOOK_MS = 1;

const text = Buffer.alloc(16 * 1024);

/** Bytes received on the loopback interface since the system started: proc(5), /proc/net/dev. */
function loopbackBytes(fd: number): number {
  const length = readSync(fd, text, 0, text.length, 0);
  const line = /^\s*lo:\s*(\d+)/m.exec(text.toString('latin1', 0, length));
  if (line === null) throw new Error('/proc/net/dev has no loopback interface');
  return Number(line[1]);
}

/** Counts from now on. Linux only. */
export class LoopbackClock {
  readonly #fd = openSync('/proc/net/dev', 'r');
  readonly #before = loopbackBytes(this.#fd);
  #timer: NodeJS.Timeout | undefined;

  /** Resolves with the time (`performance.now`) at which a transfer began. */
  began(): Promise<number> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (loopbackBytes(this.#fd) - this.#before >= BEGIN_BYTES) resolve(performance.now());
        else this.#timer = setTimeout(look, LOOK_MS);
      };
      look();
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    closeSync(this.#fd);
  }
}
