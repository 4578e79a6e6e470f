/** How long a person waits for a command to begin, over what starting Node takes. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SHOAL } from './clients.ts';
import { Fleet } from './fleet.ts';

export type StartKind = 'bare node' | 'help' | 'first packet';

/** Milliseconds from the start of the process. @param torrent something to fetch */
export async function startup(dir: string, kind: StartKind, torrent: string): Promise<number> {
  const fleet = new Fleet(dir);
  if (kind !== 'first packet') {
    const started = performance.now();
    await fleet.start(kind, process.execPath, kind === 'help' ? [SHOAL, '--help'] : ['-e', '0']).exited;
    return performance.now() - started;
  }
  let arrived: (at: number) => void = () => {};
  const packet = new Promise<number>((resolve) => (arrived = resolve));
  const server = createServer((socket) => {
    arrived(performance.now());
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const state = join(dir, 'state-startup');
  rmSync(state, { recursive: true, force: true });
  try {
    const started = performance.now();
    const where = [
      '-o',
      join(dir, 'startup'),
      '--state',
      state,
      '--port',
      '0',
      '--peer',
      `127.0.0.1:${port}`,
    ];
    fleet.start('get', process.execPath, [SHOAL, 'get', torrent, ...where, '--no-dht', '--no-lsd', '--json']);
    return (await packet) - started;
  } finally {
    await fleet.stop();
    server.close();
    rmSync(join(dir, 'startup'), { recursive: true, force: true });
  }
}
