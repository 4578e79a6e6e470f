/**
 * Drives one swarm machine on a real machine: its links, its one timer, its files and its proofs. No protocol decision
 * is made here.
 */
import { PIECE_MISMATCH, PIECE_OK, PIECE_UNWRITABLE, } from '../../content/node/piece-batch.js';
import { addressKey } from '../../ground/address.js';
import { TcpLink } from '../../link/node/tcp.js';
import { Swarm } from '../core/swarm.js';
import { BlockSender } from './block-sender.js';
import { PieceMemory } from './piece-memory.js';
import { WebSeedLink } from './web-seed.js';
/**
 * Pieces that came and are not written yet: what a crash would cost. More than a hundredth of the share, and no more is
 * read until they are; so much at least, since threads work best on a few pieces at once.
 */
const MIN_BACKLOG = 512 * 1024;
const MAX_BACKLOG = 16 * 1024 * 1024;
const BACKLOG_PIECES = 4;
/** A window of blocks and as much of everything else. */
const MAX_UNSENT = 4 * 1024 * 1024;
export class ShareDriver {
    swarm;
    #pool;
    #onEvent;
    #links = new Map();
    #readers = new Set();
    #storage;
    #memory;
    #timer;
    #timerAt = Number.POSITIVE_INFINITY;
    #backlog = 0;
    #isHeldBack = false;
    #isStopped = false;
    constructor(options, pool, onEvent) {
        this.#pool = pool;
        this.#onEvent = onEvent;
        this.swarm = new Swarm({ ...options, sink: this });
    }
    /** Where the data is or goes; needed before the first block is sent or proved. */
    setStorage(storage) {
        this.#storage = storage;
    }
    /** Runs a `handle…` method of the machine with the time, then does what follows from it. */
    call(action) {
        action(this.swarm, performance.now());
        this.#afterCall();
    }
    /** An accepted socket whose handshake named this share; `rest` came behind the handshake. */
    acceptLink(socket, address, handshake, rest) {
        const id = this.swarm.nextId();
        const link = TcpLink.accept(socket, this.#receiver(id));
        this.#links.set(id, { link, sender: undefined, address });
        this.call((swarm, now) => swarm.handleIncoming(now, id, address, handshake));
        if (rest.length > 0)
            this.call((swarm, now) => swarm.handleReceived(now, id, rest));
    }
    /**
     * Adds a web seed (BEP 19) as a peer that has everything; the metadata must be known.
     * @param address of the web server, under which it is blamed if it lies
     */
    addWebSeed(url, address, handshake, userAgent) {
        if (this.#isStopped)
            return;
        const id = this.swarm.nextId();
        const { geometry } = this.swarm.share;
        const link = new WebSeedLink({ url, geometry, userAgent, receiver: this.#receiver(id) });
        this.#links.set(id, { link, sender: undefined, address });
        this.call((swarm, now) => swarm.handleIncoming(now, id, address, handshake));
        link.start();
    }
    /** Closes all links. Pieces that are being proved are proved and written to the end. */
    stop() {
        this.#isStopped = true;
        clearTimeout(this.#timer);
        this.swarm.handleStop(performance.now());
    }
    /** Gives the memory for pieces back; nothing is proved any more. */
    releaseMemory() {
        this.#memory?.close();
    }
    connect(id, address) {
        const link = TcpLink.dial(address, this.#receiver(id));
        this.#links.set(id, { link, sender: undefined, address });
    }
    send(id, bytes) {
        const state = this.#links.get(id);
        if (state === undefined)
            return;
        state.link.write(bytes);
        if (state.link.unsent <= MAX_UNSENT)
            return;
        // Not now: the machine is in the middle of a call.
        setImmediate(() => this.#drop(id, state.address));
    }
    /** Blocks have a window; what piles up are answers that it asked for and does not read. */
    #drop(id, address) {
        const state = this.#links.get(id);
        if (state === undefined || this.#isStopped)
            return;
        const message = `${addressKey(address)} asks and does not read the answers`;
        this.close(id);
        this.call((swarm, now) => swarm.handleClosed(now, id, { code: 'peer-does-not-read', message, guilty: 'them' }));
    }
    sendBlock(id, piece, begin, length) {
        const state = this.#links.get(id);
        if (state === undefined)
            return;
        state.sender ??= this.#createSender(id, state.link);
        state.sender.add(piece, begin, length);
        this.#readers.add(state.sender);
    }
    close(id) {
        const state = this.#links.get(id);
        this.#links.delete(id);
        state?.sender?.close();
        state?.link.close();
    }
    storeBlock(piece, begin, block) {
        this.#memory ??= new PieceMemory(this.#pool, this.swarm.share.geometry.nominalPieceLength);
        this.#memory.store(piece, begin, block);
    }
    provePiece(piece) {
        const { arena, offset } = this.#memory.slot(piece);
        const wantsHashes = this.swarm.downloads.wantsBlockHashes(piece);
        const length = this.swarm.share.geometry.pieceLength(piece);
        this.#backlog += length;
        this.#holdBack();
        this.#storage.prove(piece, { arena, offset }, wantsHashes, (verdict) => {
            this.#memory.release(piece);
            this.#backlog -= length;
            this.#holdBack();
            if (this.#isStopped) {
                if (verdict.status === PIECE_OK)
                    this.swarm.share.picker.have.add(piece);
                return;
            }
            const { status, blockHashes } = verdict;
            const isRight = status !== PIECE_MISMATCH;
            const storageFailed = status === PIECE_UNWRITABLE;
            this.call((swarm, now) => swarm.handleVerdict(now, piece, {
                isRight,
                storageFailed,
                ...(blockHashes === undefined ? {} : { blockHashes }),
            }));
        });
    }
    /** Reads no more while too much waits to be written; not when the disk refuses, for then nothing new is asked for. */
    #holdBack() {
        const { geometry } = this.swarm.share;
        const fair = Math.max(MIN_BACKLOG, BACKLOG_PIECES * geometry.nominalPieceLength, geometry.dataLength / 100);
        const limit = Math.min(MAX_BACKLOG, fair);
        const isOver = this.#backlog > (this.#isHeldBack ? limit / 2 : limit);
        this.setHeldBack(isOver && !this.swarm.downloads.isPaused);
    }
    setHeldBack(isHeldBack) {
        if (isHeldBack === this.#isHeldBack)
            return;
        this.#isHeldBack = isHeldBack;
        for (const { link } of this.#links.values()) {
            if (isHeldBack)
                link.pause();
            else
                link.resume();
        }
    }
    readLeaves(id, range, piece) {
        const { geometry } = this.swarm.share;
        const length = geometry.pieceLength(piece);
        const answer = (leaves) => this.call((swarm, now) => swarm.handleLeaves(now, id, range, piece, leaves));
        const { guard } = this.#storage;
        const treeWidth = geometry.treeWidth(piece);
        guard.acquire(piece, 0, length).then(({ slices, release }) => {
            const job = { length, hashedLength: 0, treeWidth, slices, wantsBlockHashes: true };
            this.#pool.submit(job, (verdict) => {
                release();
                answer(verdict.blockHashes);
            });
        }, (error) => {
            answer(undefined);
            if (!this.#isStopped)
                guard.handleFailure(piece, error, this.swarm.share.picker.have);
        });
    }
    emit(event) {
        this.#onEvent(event);
    }
    #receiver(id) {
        return {
            onConnected: () => this.call((swarm, now) => swarm.handleConnected(now, id)),
            onData: (chunk) => this.call((swarm, now) => swarm.handleReceived(now, id, chunk)),
            onClosed: (failure) => {
                const state = this.#links.get(id);
                if (state === undefined)
                    return;
                state.sender?.close();
                this.#links.delete(id);
                this.call((swarm, now) => swarm.handleClosed(now, id, describeClose(failure, state.address)));
            },
        };
    }
    #createSender(id, link) {
        const { guard } = this.#storage;
        return new BlockSender(link, guard, {
            onSent: (bytes) => this.call((swarm, now) => swarm.handleSent(now, id, bytes)),
            isHad: (piece) => this.swarm.share.picker.have.has(piece),
            onLost: (blocks) => {
                if (!this.#isStopped)
                    this.call((swarm, now) => swarm.handleUnread(now, id, blocks));
            },
            onReadFailed: (blocks, piece, cause) => {
                if (this.#isStopped)
                    return;
                this.call((swarm, now) => swarm.handleUnread(now, id, blocks));
                guard.handleFailure(piece, cause, this.swarm.share.picker.have);
            },
        });
    }
    #afterCall() {
        for (const reader of this.#readers)
            reader.kick();
        this.#readers.clear();
        if (this.#isStopped)
            return;
        const at = this.swarm.nextTimeout() ?? Number.POSITIVE_INFINITY;
        if (at === this.#timerAt)
            return;
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#timerAt = at;
        if (at === Number.POSITIVE_INFINITY)
            return;
        this.#timer = setTimeout(() => {
            this.#timerAt = Number.POSITIVE_INFINITY;
            this.call((swarm, now) => swarm.handleTimeout(now));
        }, Math.max(1, at - performance.now()));
    }
}
function describeClose(failure, address) {
    if (failure === undefined)
        return { code: 'peer-closed', message: 'the peer closed the connection', guilty: 'nobody' };
    const { code } = failure;
    const message = `${addressKey(address)}: ${code === 'ECONNREFUSED' ? 'nobody listens there' : failure.message}`;
    return { code: 'link-failed', message, guilty: 'nobody' };
}
