const DIAL_TIMEOUT_MS = 15_000;
const HANDSHAKE_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 100_000;
const SILENCE_MS = 180_000;
/** The reason to close a connection that was silent for too long. */
export function blameSilence(peer, now) {
    const limit = peer.phase === 'connecting' ? DIAL_TIMEOUT_MS : peer.isOpen ? SILENCE_MS : HANDSHAKE_TIMEOUT_MS;
    if (now - peer.lastReceivedAt < limit)
        return undefined;
    const message = `silent for ${limit / 1000} s while ${peer.phase}`;
    return { code: 'peer-silent', message, guilty: 'them' };
}
export function needsKeepAlive(peer, now) {
    return peer.isOpen && now - peer.lastSentAt >= KEEP_ALIVE_MS;
}
