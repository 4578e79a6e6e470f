/**
 * Handshakes of one swarm (BEP 3, 52): which info hash we greet with, which answers fit, whom we know already.
 *
 * A hybrid share has two info hashes and so two swarms, in which the same data moves. We greet with the v1 hash and
 * set the v2 bit; a peer may answer with either. An incoming peer is answered with the hash that it named: BEP 52
 * lets the answer "upgrade" to the v2 hash, but libtorrent 2.0 drops the connection at that.
 */
import { compareBytes, equalBytes } from '../../ground/bytes.js';
import { decodeHandshake, encodeHandshake, HANDSHAKE_LENGTH, INFO_HASH_LENGTH, isHandshakePrefix, } from '../wire/handshake.js';
export class Greeter {
    #peerId;
    #hashes;
    #v2Hash;
    #hasDht;
    /** Which of the hashes each outgoing connection greets with. */
    #chosen = new WeakMap();
    constructor(options) {
        this.#peerId = options.peerId;
        this.#hasDht = options.dhtPort !== undefined;
        this.#v2Hash = options.infoHashV2?.subarray(0, INFO_HASH_LENGTH);
        this.#hashes = [options.infoHashV1, this.#v2Hash].filter((hash) => hash !== undefined);
    }
    /** A peer that is in the v2 swarm only closes on the v1 hash: each further try takes the other one. */
    choose(peer, failures) {
        this.#chosen.set(peer, this.#hashes[failures % this.#hashes.length]);
    }
    /** Self connections and second connections to one peer; of two, both ends must keep the same one. */
    findTwin(peer, others) {
        if (equalBytes(peer.peerId, this.#peerId)) {
            return {
                loser: peer,
                blame: { code: 'self-connection', message: 'it is this peer itself', guilty: 'nobody' },
            };
        }
        for (const other of others) {
            if (other === peer || other.peerId === undefined || !equalBytes(other.peerId, peer.peerId))
                continue;
            // Both ends keep the connection that the peer with the greater id dialled.
            const keepsOutgoing = compareBytes(this.#peerId, peer.peerId) > 0;
            const loser = other.isOutgoing !== peer.isOutgoing && other.isOutgoing !== keepsOutgoing ? other : peer;
            const message = 'this peer is connected already';
            return { loser, blame: { code: 'duplicate-connection', message, guilty: 'nobody' } };
        }
        return undefined;
    }
    isV2Hash(infoHash) {
        return this.#v2Hash !== undefined && equalBytes(infoHash, this.#v2Hash);
    }
    greeting(peer) {
        return this.#encode(this.#chosen.get(peer) ?? this.#hashes[0]);
    }
    answer(theirs) {
        return this.#encode(theirs.infoHash);
    }
    #encode(infoHash) {
        return encodeHandshake({
            infoHash,
            peerId: this.#peerId,
            supportsExtensions: true,
            supportsFast: true,
            supportsV2: this.#v2Hash !== undefined,
            supportsDht: this.#hasDht,
        });
    }
    /** Undefined while bytes are missing. */
    read(peer, chunk) {
        const joined = new Uint8Array(peer.handshakeBytes.length + chunk.length);
        joined.set(peer.handshakeBytes);
        joined.set(chunk, peer.handshakeBytes.length);
        if (!isHandshakePrefix(joined)) {
            return { code: 'handshake-protocol', message: 'it does not speak BitTorrent', guilty: 'them' };
        }
        if (joined.length < HANDSHAKE_LENGTH) {
            peer.handshakeBytes = joined;
            return undefined;
        }
        peer.handshakeBytes = new Uint8Array(0);
        const handshake = decodeHandshake(joined);
        if (!this.#hashes.some((hash) => equalBytes(hash, handshake.infoHash))) {
            return { code: 'handshake-info-hash', message: 'it answered for another share', guilty: 'them' };
        }
        return { handshake, rest: joined.subarray(HANDSHAKE_LENGTH) };
    }
}
