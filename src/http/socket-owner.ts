/**
 * Which account holds the other end of a connection from this machine? Linux tells it in `/proc/net/tcp` and `tcp6`
 * (proc_pid_net(5)): a row for each end of each connection, with the uid of the process that made the socket. Other
 * systems do not tell; there the answer is always undefined, and so it is whenever anything is in doubt.
 *
 * An answer needs both rows, in one reading: the client's, and ours with the inode of our own descriptor. A row of the
 * client alone proves nothing: a client can send a request, close, and leave its port to somebody else's next connection.
 * Both have to be established and to have an inode: what nobody holds any more is listed with uid 0.
 *
 * A reading is no moment: the kernel writes row after row. Our row may be read first, and the client's only when the
 * client has reset the connection and another account has its port. So two readings in a row have to agree: if our row
 * is there in the second one, the connection lasted all through the first.
 *
 * The tables are read for all connections that wait at once, never more than one reading at a time, and a connection is
 * looked up once.
 */
import { open } from 'node:fs/promises';
import { readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';
import { parseHost } from '../ground/address.ts';

/** Kernels list some 150 bytes a socket: a hundred thousand of them. Beyond that nobody is known. */
const MAX_TABLE_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** The kernel may skip a row while others change: a connection that was not found is looked for again. */
const MAX_READINGS = 4;
/** `TCP_ESTABLISHED` of the kernel's `net/tcp_states.h`. */
const ESTABLISHED = '01';
/** Stands for every account that a user namespace does not know (user_namespaces(7)). */
const OVERFLOW_UID = 65_534;

export type OwnerOf = (socket: Socket) => Promise<number | undefined>;

/** Both ends of one of our connections, as `endOf` writes them. */
export interface Ends {
  readonly client: string;
  readonly server: string;
  /** Of our own socket. */
  readonly inode: string;
}

/** An address and a port, written as in the tables whatever the family: IPv4 in IPv6 is IPv4. */
export function endOf(host: string, port: number): string | undefined {
  const bytes = parseHost(host.replace(/%.*$/, ''));
  return bytes === undefined ? undefined : `${Buffer.from(bytes).toString('hex')}:${port}`;
}

/** `0100007F:2383`: the address in words of four bytes, each as the machine has it in memory, and the port. */
function readEnd(text: string, isLittle: boolean): string {
  const [address = '', port = ''] = text.split(':');
  const bytes = Buffer.from(address, 'hex');
  if (isLittle && bytes.length % 4 === 0) bytes.swap32();
  const isMapped = bytes.length === 16 && bytes.toString('hex', 0, 12) === '00000000000000000000ffff';
  return `${bytes.toString('hex', isMapped ? 12 : 0)}:${Number.parseInt(port, 16)}`;
}

/**
 * @param tables the texts of `tcp` and `tcp6`
 * @returns the uid of the client of each connection whose both ends are there
 */
export function findOwners(
  tables: readonly string[],
  wanted: readonly Ends[],
  isLittle: boolean = endianness() === 'LE',
): Map<Ends, number> {
  const rows = new Map<string, { readonly uid: number; readonly inode: string } | undefined>();
  const names = new Set(
    wanted.flatMap(({ client, server }) => [`${client} ${server}`, `${server} ${client}`]),
  );
  for (const table of tables) {
    for (const line of table.split('\n').slice(1)) {
      const [, local, remote, state, , , , uid, , inode] = line.trim().split(/\s+/);
      if (state !== ESTABLISHED || inode === undefined || inode === '0' || !/^\d+$/.test(uid!)) continue;
      const name = `${readEnd(local!, isLittle)} ${readEnd(remote!, isLittle)}`;
      // Twice is once too often to believe either.
      if (names.has(name)) rows.set(name, rows.has(name) ? undefined : { uid: Number(uid), inode });
    }
  }
  const owners = new Map<Ends, number>();
  for (const ends of wanted) {
    const client = rows.get(`${ends.client} ${ends.server}`);
    const server = rows.get(`${ends.server} ${ends.client}`);
    if (client !== undefined && server?.inode === ends.inode) owners.set(ends, client.uid);
  }
  return owners;
}

interface Waiting {
  readonly ends: Ends;
  readonly tell: (uid: number | undefined) => void;
  readings: number;
  /** Of the reading before. */
  uid: number | undefined;
}

const readTables = (): Promise<string[]> =>
  Promise.all(['tcp', 'tcp6'].map((name) => readTable(`/proc/net/${name}`)));

/**
 * Looks connections up in the tables of this machine.
 * @param read for tests
 */
export function createOwnerLookup(read: () => Promise<readonly string[]> = readTables): OwnerOf {
  if (process.platform !== 'linux') return async () => undefined;
  const known = new WeakMap<Socket, Promise<number | undefined>>();
  let waiting: Waiting[] = [];
  let isReading = false;
  const readAll = async (): Promise<void> => {
    isReading = true;
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      const owners = findOwners(
        await read(),
        asked.map(({ ends }) => ends),
      );
      for (const one of asked) {
        const uid = owners.get(one.ends);
        if (uid !== undefined && uid === one.uid) one.tell(uid);
        else if (++one.readings === MAX_READINGS) one.tell(undefined);
        else {
          one.uid = uid;
          waiting.push(one);
        }
      }
    }
    isReading = false;
  };
  return (socket) => {
    let answer = known.get(socket);
    if (answer === undefined) {
      const ends = endsOf(socket);
      answer =
        ends === undefined
          ? Promise.resolve(undefined)
          : new Promise((tell) => waiting.push({ ends, tell, readings: 0, uid: undefined }));
      known.set(socket, answer);
      if (!isReading) void readAll();
    }
    return answer;
  };
}

/** Undefined for a connection that comes from another machine: it is in no table as ours and theirs. */
function endsOf(socket: Socket): Ends | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  // Node has no public name for the descriptor of a socket.
  const fd = (socket as { _handle?: { fd?: number } })._handle?.fd;
  if (remotePort === undefined || localPort === undefined || fd === undefined || fd < 0) return undefined;
  const client = endOf(remoteAddress ?? '', remotePort);
  const server = endOf(localAddress ?? '', localPort);
  if (client === undefined || server === undefined) return undefined;
  // A client of this machine that names no address of its own has that which it asks, or both are loopback.
  const isLocal = /^7f[0-9a-f]{6}:|^0{31}1:/.test(client) || client.split(':')[0] === server.split(':')[0];
  if (!isLocal) return undefined;
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    return inode === undefined ? undefined : { client, server, inode };
  } catch {
    return undefined;
  }
}

/** Empty where there is none, and where it is too long to be read. */
async function readTable(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  const chunks: Buffer[] = [];
  try {
    for (let total = 0; ; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return Buffer.concat(chunks).toString('latin1');
      total += bytesRead;
      if (total > MAX_TABLE_BYTES) return '';
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } catch {
    return '';
  } finally {
    await file.close().catch(() => {});
  }
}

/**
 * The account whose programs are the owner's; undefined where the system does not tell accounts apart.
 *
 * In a user namespace, root and the overflow uid stand for more than one account, and engines of containers forward
 * connections of strangers as that root: there they count for nobody.
 */
export function ownAccount(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const uid = process.geteuid!();
  if (uid !== 0 && uid !== OVERFLOW_UID) return uid;
  try {
    // The whole range mapped to itself: no namespace.
    return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'latin1')) ? uid : undefined;
  } catch {
    return undefined;
  }
}
