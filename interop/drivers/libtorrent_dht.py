#!/usr/bin/env python3
"""One libtorrent session as a DHT node for a test. Commands come as JSON lines, answers go as JSON lines.

usage: libtorrent_dht.py --listen HOST[:PORT] [--node HOST:PORT]...
Commands: {"cmd":"announce","hash"} (under its own port) {"cmd":"peers","hash"} {"cmd":"put","value"} {"cmd":"get","target"}
          {"cmd":"putMutable","seed","value","salt"} {"cmd":"getMutable","key","salt"} {"cmd":"sample","host","port","target"}
          {"cmd":"status"}
Events: ready {port}, peers {hash, peers}, item {target, value}, mutable {key, value, seq}, put {stored}, samples, status.
Stops at end of input.
"""
import argparse
import hashlib
import json
import select
import sys
import warnings

import libtorrent as lt

warnings.simplefilter("ignore")
p = argparse.ArgumentParser()
p.add_argument("--listen", default="127.0.0.1")
p.add_argument("--port", type=int, default=0)
p.add_argument("--node", action="append", default=[])
p.add_argument("--lsd", action="store_true")
args = p.parse_args()
session = lt.session({
    "listen_interfaces": f"{args.listen}:{args.port}",
    "enable_dht": True,
    "enable_lsd": args.lsd,
    "enable_upnp": False,
    "enable_natpmp": False,
    "dht_bootstrap_nodes": "",
    # Everything is on one host here.
    "dht_restrict_routing_ips": False,
    "dht_restrict_search_ips": False,
    "dht_ignore_dark_internet": False,
    "dht_block_ratelimit": 10_000_000,
    "dht_upload_rate_limit": 1_000_000_000,
    "dht_max_dht_items": 100_000,
    "dht_max_torrents": 100_000,
    "alert_mask": lt.alert.category_t.all_categories,
})


def emit(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def expand(seed):
    """The 64-byte secret key that libtorrent signs with."""
    digest = bytearray(hashlib.sha512(seed).digest())
    digest[0] &= 248
    digest[31] &= 63
    digest[31] |= 64
    return bytes(digest)


def text(value):
    return value.decode("latin1") if isinstance(value, bytes) else value


def handle(command):
    cmd = command["cmd"]
    if cmd == "announce":
        # The binding of dht_announce lacks its flags type: a torrent of that hash announces itself.
        params = lt.parse_magnet_uri("magnet:?xt=urn:btih:" + command["hash"])
        params.save_path = "."
        params.flags &= ~lt.torrent_flags.auto_managed
        params.flags &= ~lt.torrent_flags.paused
        session.add_torrent(params)
    elif cmd == "peers":
        session.dht_get_peers(lt.sha1_hash(bytes.fromhex(command["hash"])))
    elif cmd == "put":
        emit("target", target=session.dht_put_immutable_item(command["value"].encode()).to_bytes().hex())
    elif cmd == "get":
        session.dht_get_immutable_item(lt.sha1_hash(bytes.fromhex(command["target"])))
    elif cmd == "putMutable":
        session.dht_put_mutable_item(
            expand(bytes.fromhex(command["seed"])), bytes.fromhex(command["key"]), command["value"].encode(), command["salt"].encode())
    elif cmd == "getMutable":
        session.dht_get_mutable_item(bytes.fromhex(command["key"]), command["salt"].encode())
    elif cmd == "sample":
        session.dht_sample_infohashes((command["host"], command["port"]), lt.sha1_hash(bytes.fromhex(command["target"])))
    elif cmd == "status":
        emit("status", nodes=session.status().dht_nodes)
    elif cmd == "node":
        session.add_dht_node((command["host"], command["port"]))


while session.listen_port() == 0:
    session.wait_for_alert(50)
emit("ready", port=session.listen_port())
for node in args.node:
    host, port = node.rsplit(":", 1)
    session.add_dht_node((host, int(port)))
is_open = True
while is_open:
    readable, _, _ = select.select([sys.stdin], [], [], 0.02)
    if readable:
        line = sys.stdin.readline()
        if not line:
            break
        try:
            handle(json.loads(line))
        except Exception as error:  # noqa: BLE001
            emit("error", message=repr(error))
    for alert in session.pop_alerts():
        name = type(alert).__name__
        if name == "dht_get_peers_reply_alert":
            emit("peers", hash=alert.info_hash.to_bytes().hex(), peers=[f"{host}:{port}" for host, port in alert.peers()])
        elif name == "dht_immutable_item_alert":
            emit("item", target=alert.target.to_bytes().hex(), value=text(alert.item["value"] if isinstance(alert.item, dict) else alert.item))
        elif name == "dht_mutable_item_alert":
            emit("mutable", key=bytes(alert.key).hex() if not isinstance(alert.key, str) else "", value=text(alert.item["value"] if isinstance(alert.item, dict) else alert.item), seq=alert.seq, authoritative=alert.authoritative)
        elif name == "dht_put_alert":
            emit("put", stored=alert.num_success)
        elif name == "dht_sample_infohashes_alert":
            emit("samples", count=alert.num_samples, message=alert.message())
