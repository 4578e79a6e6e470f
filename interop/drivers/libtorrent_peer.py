#!/usr/bin/env python3
"""Runs one libtorrent session for a test: seeds or fetches one torrent, prints JSON lines.

usage: libtorrent_peer.py --port P --save DIR (--torrent FILE | --magnet URI) [--seed] [--connect HOST:PORT]...
                          [--listen HOST] [--lsd] [--limit-down BYTES] [--limit-up BYTES] [--transport tcp|utp|both]
                          [--encryption disabled|enabled|forced] [--payload plaintext|rc4|both]
Events: {"event":"ready","port"} once it listens, {"event":"connected"} with the first peer, {"event":"encryption","encryption":"none"|"plaintext"|"rc4"} and {"event":"transport","transport":"tcp"|"utp"} with the first handshake, {"event":"done","seconds"} when all is in the files ("seconds" until it was a seed), {"event":"error"}.
Stops at end of input.
"""
import argparse
import json
import resource
import select
import sys
import time

import libtorrent as lt


ENCRYPTION = {
    "disabled": lt.enc_policy.pe_disabled,
    "enabled": lt.enc_policy.pe_enabled,
    "forced": lt.enc_policy.pe_forced,
}
PAYLOAD = {"plaintext": lt.enc_level.plaintext, "rc4": lt.enc_level.rc4, "both": lt.enc_level.both}


# Of libtorrent's C++ interface; Python has no name for it.
UTP_SOCKET = 1 << 17


def encryption_of(peer):
    if peer.flags & lt.peer_info.rc4_encrypted:
        return "rc4"
    return "plaintext" if peer.flags & lt.peer_info.plaintext_encrypted else "none"


def settings(args):
    s = {
        "listen_interfaces": f"{args.listen}:{args.port}",
        "enable_dht": False,
        "enable_lsd": args.lsd,
        "enable_upnp": False,
        "enable_natpmp": False,
        "allow_multiple_connections_per_ip": True,
        "out_enc_policy": int(ENCRYPTION[args.encryption]),
        "in_enc_policy": int(ENCRYPTION[args.encryption]),
        "allowed_enc_level": int(PAYLOAD[args.payload]),
        "enable_outgoing_tcp": args.transport != "utp",
        "enable_incoming_tcp": args.transport != "utp",
        "enable_outgoing_utp": args.transport != "tcp",
        "enable_incoming_utp": args.transport != "tcp",
        "recv_socket_buffer_size": 1 << 20,
        "send_socket_buffer_size": 1 << 20,
        "alert_mask": lt.alert.category_t.all_categories if args.verbose else lt.alert.category_t.error_notification
        | lt.alert.category_t.status_notification
        | lt.alert.category_t.storage_notification,
    }
    return s


def emit(event, **fields):
    usage = resource.getrusage(resource.RUSAGE_SELF)
    fields.update(cpuSeconds=usage.ru_utime + usage.ru_stime, peakMiB=usage.ru_maxrss / 1024)
    print(json.dumps({"event": event, **fields}), flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--port", type=int, required=True)
    p.add_argument("--save", required=True)
    p.add_argument("--torrent")
    p.add_argument("--magnet")
    p.add_argument("--seed", action="store_true")
    p.add_argument("--connect", action="append", default=[])
    p.add_argument("--listen", default="127.0.0.1")
    p.add_argument("--verbose", action="store_true")
    p.add_argument("--lsd", action="store_true")
    p.add_argument("--limit-down", type=int, default=0)
    p.add_argument("--limit-up", type=int, default=0)
    p.add_argument("--encryption", choices=ENCRYPTION, default="disabled")
    p.add_argument("--payload", choices=PAYLOAD, default="both")
    p.add_argument("--transport", choices=["tcp", "utp", "both"], default="tcp")
    args = p.parse_args()
    session = lt.session(settings(args))
    if args.torrent:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(args.torrent)
    else:
        params = lt.parse_magnet_uri(args.magnet)
    params.save_path = args.save
    if args.seed:
        params.flags |= lt.torrent_flags.seed_mode
    params.flags &= ~lt.torrent_flags.auto_managed
    params.flags &= ~lt.torrent_flags.paused
    handle = session.add_torrent(params)
    while session.listen_port() == 0:
        time.sleep(0.01)
    if args.limit_down:
        handle.set_download_limit(args.limit_down)
    if args.limit_up:
        handle.set_upload_limit(args.limit_up)
    started = time.monotonic()
    emit("ready", port=session.listen_port())
    for address in args.connect:
        host, port = address.rsplit(":", 1)
        handle.connect_peer((host, int(port)))
    first = None
    is_done = args.seed
    done = None
    is_connected = False
    is_greeted = False
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], 0.005)
        if readable and not sys.stdin.readline():
            break
        for alert in session.pop_alerts():
            if args.verbose:
                print(alert.message(), file=sys.stderr, flush=True)
            if done is not None and alert.what() == "cache_flushed":
                emit("done", **done)
                done = None
        status = handle.status()
        if status.errc.value() != 0:
            emit("error", message=status.errc.message())
        if not is_connected and status.num_peers > 0:
            is_connected = True
            emit("connected")
        if not is_greeted:
            greeted = [p for p in handle.get_peer_info() if not p.flags & (lt.peer_info.connecting | lt.peer_info.handshake)]
            if greeted:
                is_greeted = True
                emit("encryption", encryption=encryption_of(greeted[0]))
                emit("transport", transport="utp" if greeted[0].flags & UTP_SOCKET else "tcp")
        if first is None and status.total_payload_download > 262144:
            first = time.monotonic()
        if not is_done and status.is_seeding:
            is_done = True
            now = time.monotonic()
            done = {"seconds": now - started, "transferSeconds": now - (first or started)}
            # It is a seed when the last hash is right; the last blocks may not be in the files yet.
            handle.flush_cache()
    emit("end")


main()
