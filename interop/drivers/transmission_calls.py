"""
Calls every method of the library transmission-rpc, unchanged, against an address: one line of JSON for each call, with its
value or with the error that it raised. Usage: transmission_calls.py PORT PASSWORD TORRENT FOLDER
"""
import inspect
import json
import pathlib
import sys

import transmission_rpc

port, password, torrent, folder = sys.argv[1:]
client = transmission_rpc.Client(host="127.0.0.1", port=int(port), username="admin", password=password, timeout=60)
called = set()


def call(method, /, *arguments, **named):
    called.add(method)
    line = {"call": method}
    value = None
    try:
        value = getattr(client, method)(*arguments, **named)
        fields = getattr(value, "fields", None)
        line["value"] = json.loads(json.dumps(fields if fields is not None else value, default=str))
    except transmission_rpc.TransmissionError as error:
        line["error"] = type(error).__name__
        line["text"] = error.message
    print(json.dumps(line), flush=True)
    return value


call("get_session")
call("session_stats")
added = call(
    "add_torrent", pathlib.Path(torrent), paused=True, labels=["tv"], priority_high=[0], files_unwanted=[1],
    peer_limit=20, bandwidth_priority=1, download_dir=folder,
)
ids = added.id
call("get_torrents")
shown = call("get_torrent", ids)
# Parts that the library makes of several fields.
print(json.dumps({
    "call": "parts",
    "value": {
        "status": str(shown.status), "progress": shown.progress, "ratio": shown.ratio, "eta": str(shown.eta),
        "files": [[file.name, file.size, file.selected] for file in shown.get_files()],
        "labels": shown.labels, "seconds_seeding": shown.seconds_seeding,
        "is_finished": shown.is_finished, "percent_complete": shown.percent_complete,
    },
}), flush=True)
call("get_recently_active_torrents")
call(
    "change_torrent", ids, download_limit=80, download_limited=True, upload_limit=40, upload_limited=True,
    seed_idle_limit=9, seed_idle_mode=1, seed_ratio_limit=2.5, seed_ratio_mode=1, labels=["tv", "new"],
    tracker_list=[["http://127.0.0.1:9/announce"]], queue_position=0, honors_session_limits=False, group="slow",
    files_wanted=[1], priority_low=[1], priority_normal=[0], bandwidth_priority=-1, peer_limit=33,
)
call("get_torrent", ids)
call("rename_torrent_path", ids, "data/sub", "other")
for name in [
    "start_torrent", "start_torrent_now", "stop_torrent", "verify_torrent", "reannounce_torrent", "queue_top",
    "queue_up", "queue_down", "queue_bottom",
]:
    call(name, ids)
call("start_all")
call("move_torrent_data", ids, folder)
call("set_session", speed_limit_down=900, speed_limit_down_enabled=True, seed_ratio_limit=3, seed_ratio_limited=True)
call("set_session", utp_enabled=True)
call("get_session")
call("set_group", "slow", speed_limit_down=50, speed_limit_down_enabled=True)
call("get_group", "slow")
call("get_groups")
call("free_space", folder)
call("port_test")
call("blocklist_update")
call("remove_torrent", ids, delete_data=True)
missing = [
    name
    for name, _ in inspect.getmembers(type(client), inspect.isfunction)
    if not name.startswith("_") and name not in called
]
print(json.dumps({"missing": sorted(missing)}), flush=True)
