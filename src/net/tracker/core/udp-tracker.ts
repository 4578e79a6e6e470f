/**
 * The UDP side of a tracker (BEP 15): a packet in, an answer or nothing out. It reads the fields where they are and writes
 * where it is told, so that an announce makes no object.
 *
 * Calling contract: `handle` writes into the `answer` that it is given, at least `UDP_ANSWER_BYTES` long, and returns how many bytes
 * of it are to be sent to the sender; 0 is no answer.
 *
 * Invariant: an answer goes only to a sender that has shown a connection id of its own, except the answer to a connect, which is no
 * longer than the question: nobody's flood grows here.
 */
import { type Bytes, readUint16, readUint32, writeUint32 } from '../../../ground/bytes.ts';
import type { Instant } from '../../../ground/units.ts';
import {
  decodeUdpRequest,
  encodeUdpResponse,
  isUdpConnect,
  isUdpSeed,
  readUdpEvent,
  readUdpNumWant,
  UDP_ANNOUNCE_HEAD,
  UDP_ANNOUNCE_LENGTH,
  UdpAction,
  UdpField,
  writeUdpAnnounceHead,
} from '../wire/udp.ts';
import type { ConnectionIds } from './connection-ids.ts';
import { DENIED_REASON, type Registry } from './registry.ts';

/** An announce answer in one datagram stays below the usual MTU. */
const [MAX_PEERS_V4, MAX_PEERS_V6] = [200, 70];
/** The longest answer. */
export const UDP_ANSWER_BYTES: number = UDP_ANNOUNCE_HEAD + Math.max(6 * MAX_PEERS_V4, 18 * MAX_PEERS_V6);
const MIN_REQUEST_LENGTH = 16;

export class UdpTracker {
  readonly #registry: Registry;
  readonly #ids: ConnectionIds;
  /** The sender with the port that it announces. */
  readonly #addressV4 = new Uint8Array(6);
  readonly #addressV6 = new Uint8Array(18);
  announces = 0;
  scrapes = 0;

  constructor(registry: Registry, ids: ConnectionIds) {
    this.#registry = registry;
    this.#ids = ids;
  }

  /** @param host of the sender, 4 or 16 bytes @param port of the sender */
  handle(now: Instant, packet: Bytes, host: Bytes, port: number, answer: Uint8Array): number {
    if (packet.length < MIN_REQUEST_LENGTH || port === 0 || this.#registry.ignores(host)) return 0;
    if (isUdpConnect(packet)) return this.#connect(now, packet, host, port, answer);
    if (!this.#ids.isValid(now, host, port, packet, UdpField.connection)) return 0;
    const action = readUint32(packet, UdpField.action);
    if (action === UdpAction.announce && packet.length >= UDP_ANNOUNCE_LENGTH)
      return this.#announce(now, packet, host, answer);
    if (action === UdpAction.scrape) return this.#scrape(now, packet, answer);
    return 0;
  }

  #connect(now: Instant, packet: Bytes, host: Bytes, port: number, answer: Uint8Array): number {
    writeUint32(answer, 0, UdpAction.connect);
    writeUint32(answer, 4, readUint32(packet, UdpField.transaction));
    this.#ids.write(now, host, port, answer, 8);
    return 16;
  }

  #announce(now: Instant, packet: Bytes, host: Bytes, answer: Uint8Array): number {
    this.announces++;
    const registry = this.#registry;
    if (readUint16(packet, UdpField.port) === 0)
      return this.#refuse(packet, answer, 'the port is not 1..65535');
    if (registry.denies(packet, UdpField.infoHash)) return this.#refuse(packet, answer, DENIED_REASON);
    const isV4 = host.length === 4;
    const address = isV4 ? this.#addressV4 : this.#addressV6;
    for (let i = 0; i < host.length; i++) address[i] = host[i]!;
    address[host.length] = packet[UdpField.port]!;
    address[host.length + 1] = packet[UdpField.port + 1]!;
    const event = readUdpEvent(packet);
    const isSeed = isUdpSeed(packet);
    registry.handleAnnounce(now, packet, UdpField.infoHash, address, event, isSeed);
    writeUdpAnnounceHead(answer, readUint32(packet, UdpField.transaction), registry);
    if (event === 'stopped') return UDP_ANNOUNCE_HEAD;
    const count = Math.min(readUdpNumWant(packet), isV4 ? MAX_PEERS_V4 : MAX_PEERS_V6);
    return registry.sample(count, isSeed, answer, UDP_ANNOUNCE_HEAD);
  }

  #scrape(now: Instant, packet: Bytes, answer: Uint8Array): number {
    const decoded = decodeUdpRequest(packet);
    if (!decoded.ok || decoded.value.action !== 'scrape') return 0;
    this.scrapes++;
    const { transaction, infoHashes } = decoded.value;
    const counts = this.#registry.handleScrape(now, infoHashes);
    return write(encodeUdpResponse({ action: 'scrape', transaction, counts }), answer);
  }

  #refuse(packet: Bytes, answer: Uint8Array, message: string): number {
    const transaction = readUint32(packet, UdpField.transaction);
    return write(encodeUdpResponse({ action: 'error', transaction, message }), answer);
  }
}

function write(bytes: Uint8Array, answer: Uint8Array): number {
  answer.set(bytes);
  return bytes.length;
}
