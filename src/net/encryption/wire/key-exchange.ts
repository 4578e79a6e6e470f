/**
 * The key exchange of message stream encryption: Diffie-Hellman over the 768-bit prime and with the generator 2 that MSE names.
 * Numbers travel as 96 bytes, the highest first.
 */
import { toHex } from '../../../ground/bytes.ts';

export const KEY_LENGTH = 96;
/** MSE: "160 bits" are what is recommended for a private key; more adds no strength to this prime. */
export const PRIVATE_KEY_LENGTH = 20;

const PRIME = BigInt(
  '0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74' +
    '020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437' +
    '4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563',
);

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);

function toBytes(number: bigint): Uint8Array<ArrayBuffer> {
  const text = number.toString(16).padStart(2 * KEY_LENGTH, '0');
  const out = new Uint8Array(KEY_LENGTH);
  for (let i = 0; i < KEY_LENGTH; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** 2 to that power: the base is multiplied by shifting. @param privateKey PRIVATE_KEY_LENGTH random bytes */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array<ArrayBuffer> {
  let result = 1n;
  for (const byte of privateKey) {
    for (const digit of [byte >> 4, byte & 15]) {
      for (let i = 0; i < 3; i++) result = (result * result) % PRIME;
      result = ((result * result) << BigInt(digit)) % PRIME;
    }
  }
  return toBytes(result);
}

/**
 * The secret that both sides get; undefined for keys of which everybody knows the secret: 0, 1 and P − 1, also modulo P.
 * @param theirs KEY_LENGTH bytes
 */
export function sharedSecretOf(
  privateKey: Uint8Array,
  theirs: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  const base = toNumber(theirs) % PRIME;
  if (base <= 1n || base === PRIME - 1n) return undefined;
  const powers = [1n];
  for (let i = 1; i < 16; i++) powers.push((powers[i - 1]! * base) % PRIME);
  let result = 1n;
  for (const byte of privateKey) {
    for (const digit of [byte >> 4, byte & 15]) {
      for (let i = 0; i < 4; i++) result = (result * result) % PRIME;
      if (digit > 0) result = (result * powers[digit]!) % PRIME;
    }
  }
  return toBytes(result);
}
