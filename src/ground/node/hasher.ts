/**
 * The Hasher port on `node:crypto`'s one-shot hashing, which is faster than a hash object for short inputs. `hash` is no named
 * import: an old Node.js without it has to come as far as the check of its version.
 */
import crypto from 'node:crypto';
import type { Hasher } from '../ports.ts';

export const nodeHasher: Hasher = {
  sha1: (data) => crypto.hash('sha1', data, 'buffer'),
  sha256: (data) => crypto.hash('sha256', data, 'buffer'),
};
