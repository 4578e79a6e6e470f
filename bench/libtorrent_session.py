#!/usr/bin/env python3
"""One libtorrent session for the benchmark, driven as its own documentation advises: it waits for alerts and asks for no status.

usage: libtorrent_session.py PORT [--stock] [--encrypted] [--library DIR] [--utp] [--buffers BYTES]
DIR: where another build of the library lies; --utp: over uTP alone; BYTES: of the buffers of sockets
Commands, one JSON object a line:
  {"do": "seed", "torrent": FILE, "folder": DIR}    checks all data first; {"event": "seeding", "torrent"} when that is done
  {"do": "get", "torrent": FILE, "folder": DIR, "peers": ["HOST:PORT"]}    {"event": "complete", "torrent"} when the last
    hash is right, which is when libtorrent calls it finished; {"event": "saved", "torrent"} when the last bytes are in the files
  Both take "announces": true, to find peers through the trackers of the torrent, and "limitUp", bytes a second.
  {"do": "verify", "torrent": FILE, "folder": DIR}    {"event": "verified", "torrent", "seconds"}
The first event is {"event": "ready", "port", "version"}. Ends at the end of input.
"""
import argparse
import json
import os
import sys
import threading
import time

# How a fast link wants it: https://libtorrent.org/tuning.html, and what gained in our own runs.
TUNED = {
    "unchoke_slots_limit": -1,
    "smooth_connects": False,
    "connection_speed": 1000,
    "aio_threads": 2,
    "hashing_threads": 1,
    "max_queued_disk_bytes": 256 << 20,
    "send_buffer_watermark": 4 << 20,
    "send_buffer_low_watermark": 1 << 20,
    "send_buffer_watermark_factor": 200,
    "max_out_request_queue": 500,
    "max_allowed_in_request_queue": 2000,
    "whole_pieces_threshold": 20,
    "checking_mem_usage": 2048,
    "mixed_mode_algorithm": 0,
    "close_redundant_connections": False,
}


def say(event, **fields):
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--stock", action="store_true")
    parser.add_argument("--encrypted", action="store_true")
    parser.add_argument("--library")
    parser.add_argument("--utp", action="store_true")
    parser.add_argument("--buffers", type=int, default=0)
    args = parser.parse_args()
    if args.library:
        sys.path.insert(0, args.library)
    import libtorrent as lt

    kinds = lt.alert.category_t
    settings = {
        "listen_interfaces": f"127.0.0.1:{args.port}",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "enable_outgoing_tcp": not args.utp,
        "enable_incoming_tcp": not args.utp,
        "enable_outgoing_utp": args.utp,
        "enable_incoming_utp": args.utp,
        "recv_socket_buffer_size": args.buffers,
        "send_socket_buffer_size": args.buffers,
        # Forced with RC4 alone, or disabled.
        "in_enc_policy": 0 if args.encrypted else 2,
        "out_enc_policy": 0 if args.encrypted else 2,
        "allowed_enc_level": 2 if args.encrypted else 3,
        "allow_multiple_connections_per_ip": True,
        "alert_mask": kinds.status_notification
        | kinds.error_notification
        | kinds.storage_notification,
    }
    session = lt.session({**settings, **({} if args.stock else TUNED)})
    # By info hash: the torrent file, what to say when its work is done, and since when it works.
    jobs = {}
    # Whose last bytes are not in the files yet.
    fetched = set()

    def add(torrent, event, folder, announces=False, limitUp=0):
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(torrent)
        params.save_path = folder
        flags = lt.torrent_flags
        params.flags = (params.flags & ~flags.auto_managed & ~flags.paused) | flags.disable_dht
        params.flags |= flags.disable_lsd | flags.disable_pex
        jobs[str(params.ti.info_hash())] = (torrent, event, time.monotonic())
        handle = session.add_torrent(params)
        if not announces:
            handle.replace_trackers([])
        handle.set_upload_limit(limitUp)
        return handle

    def obey():
        for line in sys.stdin:
            command = json.loads(line)
            work, torrent = command.pop("do"), command.pop("torrent")
            peers = command.pop("peers", [])
            event = {"seed": "seeding", "get": "complete", "verify": "verified"}[work]
            handle = add(torrent, event, **command)
            for address in peers:
                host, port = address.rsplit(":", 1)
                handle.connect_peer((host, int(port)))
        os._exit(0)

    threading.Thread(target=obey, daemon=True).start()
    is_ready = False
    while True:
        session.wait_for_alert(500)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.listen_succeeded_alert) and not is_ready:
                is_ready = True
                say("ready", port=args.port, version=lt.version)
            elif isinstance(alert, (lt.torrent_finished_alert, lt.torrent_checked_alert)):
                torrent, event, since = jobs[str(alert.handle.info_hash())]
                seconds = time.monotonic() - since
                is_fetched = event == "complete"
                if is_fetched == isinstance(alert, lt.torrent_finished_alert):
                    is_right = is_fetched or alert.handle.status().is_seeding
                    say(event if is_right else "error", torrent=torrent, seconds=seconds)
                    if is_fetched:
                        fetched.add(torrent)
                        alert.handle.flush_cache()
            elif isinstance(alert, lt.cache_flushed_alert):
                # It also says so by itself, before all is there.
                torrent = jobs[str(alert.handle.info_hash())][0]
                if torrent in fetched:
                    fetched.remove(torrent)
                    say("saved", torrent=torrent)
            elif "error" in alert.what() or "failed" in alert.what():
                say("error", message=alert.message())


main()
