/** Makes hostile bytes from well-formed ones: the usual mutations, drawn from a seeded generator. */
import type { Prng } from '../src/ground/ports.ts';

const MAX_LENGTH = 64 * 1024;
/** Bytes that mean something to some parser. */
const TOKENS = [
  'i',
  'e',
  'l',
  'd',
  '0:',
  '1:',
  '99999999999:',
  'i-1e',
  'i9223372036854775807e',
  '%',
  '&',
  '=',
  '..',
  '\0',
  '\xff\xff\xff\xff',
].map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0)));

export function mutate(seeds: readonly Uint8Array[], prng: Prng): Uint8Array {
  let bytes: Uint8Array = seeds[prng.below(seeds.length)]!.slice();
  const rounds = 1 + prng.below(8);
  for (let i = 0; i < rounds; i++) bytes = mutateOnce(bytes, seeds, prng);
  return bytes.subarray(0, MAX_LENGTH);
}

function mutateOnce(bytes: Uint8Array, seeds: readonly Uint8Array[], prng: Prng): Uint8Array {
  const at = prng.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + prng.below(64));
  switch (prng.below(8)) {
    case 0: {
      if (at < bytes.length) bytes[at]! ^= 1 << prng.below(8);
      return bytes;
    }
    case 1: {
      if (at < bytes.length) bytes[at] = prng.below(256);
      return bytes;
    }
    case 2:
      return splice(bytes, at, to, new Uint8Array(0));
    case 3:
      return splice(bytes, at, at, bytes.slice(at, to));
    case 4:
      return splice(bytes, at, at, TOKENS[prng.below(TOKENS.length)]!);
    case 5:
      return bytes.subarray(0, at).slice();
    case 6: {
      const other = seeds[prng.below(seeds.length)]!;
      return splice(bytes, at, bytes.length, other.subarray(prng.below(other.length + 1)));
    }
    default:
      return splice(bytes, at, to, prng.fill(new Uint8Array(to - at)));
  }
}

function splice(bytes: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array {
  const out = new Uint8Array(from + middle.length + bytes.length - to);
  out.set(bytes.subarray(0, from));
  out.set(middle, from);
  out.set(bytes.subarray(to), from + middle.length);
  return out;
}
