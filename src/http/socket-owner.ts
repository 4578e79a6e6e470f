/**
 * The account at the other end of a connection from this machine. Linux lists it in `/proc/net/tcp` and `tcp6`
 * (proc_pid_net(5)): a row for each end of each connection, with the uid of the process that made the socket. On other
 * systems, and whenever anything is in doubt, the answer is undefined.
 *
 * An answer needs both rows in one reading: the client's, and ours with the inode of our own descriptor. The client's row
 * alone proves nothing: a client can send a request and close, and another account's next connection may get its port.
 * Both rows must be established and have an inode, because sockets that no process holds are listed with uid 0.
 *
 * A reading takes time: the kernel writes row after row. It may write our row first, and the client's row only after the
 * client has reset the connection and another account has its port. Two successive readings therefore have to agree: if
 * the second one has our row, the connection lasted all through the first.
 *
 * One reading serves all connections that wait, and only one reading runs at a time. Each connection is looked up once.
 */
import { open } from 'node:fs/promises';
import { readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';
import { parseHost } from '../ground/address.ts';

/** A hundred thousand sockets, which the kernel lists in 150 bytes each. With a longer table, no account is known. */
const MAX_TABLE_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** The kernel may skip a row while others change, so a missing connection is looked up again. */
const MAX_READINGS = 4;
/** `TCP_ESTABLISHED` of the kernel's `net/tcp_states.h`. */
const ESTABLISHED = '01';
/** The uid of every account that a user namespace does not map (user_namespaces(7)). */
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

/** Undefined for a connection from another machine, which has only one row here. */
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

/** Empty where there is no table, and where it is too long. */
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
 * The account of the daemon's owner; undefined where the system does not tell accounts apart.
 *
 * In a user namespace, root and the overflow uid stand for more than one account, and container engines forward
 * connections of strangers as that root. There, neither counts as an account.
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
