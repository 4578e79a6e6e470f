/** The Hasher port on `node:crypto`'s one-shot hashing, which is faster than a hash object for short inputs. */
import { hash } from 'node:crypto';
export const nodeHasher = {
    sha1: (data) => hash('sha1', data, 'buffer'),
    sha256: (data) => hash('sha256', data, 'buffer'),
};
