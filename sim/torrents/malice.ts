/**
 * Falsifies the blocks that a dishonest peer sends, as an upgrade of its transport: its driver and its machine are
 * those of everybody.
 */
import { readUint32 } from '../../src/ground/bytes.ts';
import type { Link, Upgrade } from '../../src/ground/ports.ts';
import { HANDSHAKE_LENGTH } from '../../src/systems/torrents/swarm/wire/handshake.ts';
import { MessageId, PIECE_HEADER_LENGTH } from '../../src/systems/torrents/swarm/wire/messages.ts';
import { mapLinks } from '../world/upgrade.ts';

export interface Malice {
  /** One block in so many is corrupted on its way out. */
  readonly corruptOneIn?: number;
  /** Requests are taken and never answered. */
  readonly isSilent?: boolean;
}

export function createMalice({ corruptOneIn, isSilent }: Malice): Upgrade {
  let served = 0;
  return mapLinks((link) => {
    let greetingLeft = HANDSHAKE_LENGTH;
    const write: Link['write'] = (bytes, taken) => {
      const changed: number[] = [];
      const start = Math.min(greetingLeft, bytes.length);
      greetingLeft -= start;
      // Whole messages are written at once.
      for (let at = start; at < bytes.length; at += 4 + readUint32(bytes, at)) {
        if (bytes[at + 4] !== MessageId.piece || readUint32(bytes, at) === 0) continue;
        if (isSilent === true) return;
        if (corruptOneIn !== undefined && ++served % corruptOneIn === 0)
          changed.push(at + PIECE_HEADER_LENGTH);
      }
      if (changed.length === 0) return link.write(bytes, taken);
      // The frame that it lies in goes to others as well.
      const copy = bytes.slice();
      for (const at of changed) copy[at]! ^= 0xff;
      link.write(copy, taken);
    };
    return { write };
  });
}
