/**
 * The envelope of a private DHT: every packet is sealed with a key that the group shares (ChaCha20-Poly1305, RFC 8439),
 * so that outsiders can neither read nor join. Packet: 0x53, 12 random bytes, ciphertext, 16 bytes of tag.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { randomBytes } from '../../../ground/node/random.ts';
import { SEALED_FIRST_BYTE } from '../../link/node/udp.ts';

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const CIPHER = 'chacha20-poly1305';

export class Seal {
  readonly #key: Uint8Array;

  /** @param secret what the group shares; at least 16 bytes of it should be random */
  constructor(secret: Uint8Array) {
    this.#key = createHash('sha256').update('shoal private dht 1').update(secret).digest();
  }

  seal(packet: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE_LENGTH);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_LENGTH });
    const body = cipher.update(packet);
    cipher.final();
    return Buffer.concat([Uint8Array.of(SEALED_FIRST_BYTE), nonce, body, cipher.getAuthTag()]);
  }

  /** Undefined for packets that were not sealed with the secret. */
  open(packet: Uint8Array): Uint8Array | undefined {
    const bodyAt = 1 + NONCE_LENGTH;
    if (packet.length < bodyAt + TAG_LENGTH || packet[0] !== SEALED_FIRST_BYTE) return undefined;
    const decipher = createDecipheriv(CIPHER, this.#key, packet.subarray(1, bodyAt), {
      authTagLength: TAG_LENGTH,
    });
    decipher.setAuthTag(packet.subarray(packet.length - TAG_LENGTH));
    const body = decipher.update(packet.subarray(bodyAt, packet.length - TAG_LENGTH));
    try {
      decipher.final();
      return body;
    } catch {
      return undefined;
    }
  }
}
