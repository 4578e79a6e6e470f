/**
 * RC4 of message stream encryption, one thread, in blocks of 64 KiB: ours in a process of its own, and OpenSSL's, which Node.js does
 * not offer. `node bench/rc4.ts` is that process.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../scripts/steps.ts';
import { Rc4 } from '../src/net/encryption/wire/rc4.ts';
import type { Measured } from './transfers.ts';

const BLOCK = 64 * 1024;
const MIB = 1024 * 1024;
const WARM_MS = 500;
const MEASURED_MS = 2000;

export function rc4(who: 'shoal' | 'openssl'): Measured {
  if (who === 'shoal') {
    const said = execFileSync(process.execPath, [join(ROOT, 'bench', 'rc4.ts')], { encoding: 'utf8' });
    return { value: Number(said) };
  }
  const providers = ['-provider', 'legacy', '-provider', 'default'];
  const what = ['-mr', '-seconds', `${MEASURED_MS / 1000}`, '-bytes', `${BLOCK}`, '-evp', 'rc4'];
  const said = execFileSync('openssl', ['speed', ...providers, ...what], { encoding: 'utf8', stdio: 'pipe' });
  // "+F:22:RC4:334166730.00": bytes a second.
  const rate = /^\+F:\d+:RC4:([\d.]+)/im.exec(said)?.[1];
  if (rate === undefined) throw new Error(`openssl said ${said}`);
  return { value: Number(rate) / MIB };
}

/** Blocks for so long. Returns MiB a second. */
function encrypt(cipher: Rc4, ms: number): number {
  const [from, into] = [new Uint8Array(BLOCK), new Uint8Array(BLOCK)];
  const started = performance.now();
  let blocks = 0;
  while (performance.now() - started < ms) {
    for (let i = 0; i < 16; i++) cipher.transform(from, into);
    blocks += 16;
  }
  return (blocks * BLOCK) / MIB / ((performance.now() - started) / 1000);
}

if (import.meta.main) {
  const cipher = new Rc4(new Uint8Array(20).fill(1));
  encrypt(cipher, WARM_MS);
  console.log(encrypt(cipher, MEASURED_MS).toFixed(1));
}
