"""
Calls every method of the library qbittorrent-api, unchanged, against an address: one line of JSON for each call, with its
value or with the error that it raised. Usage: qbittorrent_calls.py URL PASSWORD TORRENT HASH FOLDER
"""
import inspect
import json
import sys
from collections import UserList

import qbittorrentapi

url, password, torrent, info_hash, folder = sys.argv[1:]
client = qbittorrentapi.Client(
    host=url,
    username="admin",
    password=password,
    REQUESTS_ARGS={"timeout": 60},
    RAISE_NOTIMPLEMENTEDERROR_FOR_UNIMPLEMENTED_API_ENDPOINTS=False,
)
called = set()


def plain(value):
    """Lists and dictionaries of the library, as JSON has them."""
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, UserList)):
        return [plain(entry) for entry in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def call(method, /, **arguments):
    called.add(method)
    line = {"call": method}
    try:
        line["value"] = plain(getattr(client, method)(**arguments))
    except qbittorrentapi.APIError as error:
        line["error"] = type(error).__name__
        line["status"] = getattr(error, "http_status_code", 0)
        line["text"] = str(error)
    print(json.dumps(line), flush=True)


one = {"torrent_hash": info_hash}
many = {"torrent_hashes": info_hash}
call("auth_log_in")
for name in [
    "app_version", "app_web_api_version", "app_build_info", "app_process_info", "app_preferences",
    "app_default_save_path", "app_network_interface_list", "app_network_interface_address_list", "app_cookies",
]:
    call(name)
call("auth_log_out")
call("auth_log_in")
call("app_set_preferences", prefs={"dl_limit": 800000})
call("app_set_cookies", cookies=[])
call("app_send_test_email")
call("app_get_directory_content", directory_path="/")
call("app_get_free_space_at_path", path="/")
call("app_rotate_api_key")
call("app_delete_api_key")
call("torrents_create_category", name="tv", save_path=folder)
call("torrents_edit_category", name="tv", save_path=folder)
call("torrents_add", torrent_files=torrent, category="tv", is_paused=True, tags="new,seen", ratio_limit=2)
call("torrents_info")
call("torrents_info", category="tv", status_filter="paused", sort="name")
call("torrents_count")
for name in [
    "torrents_properties", "torrents_trackers", "torrents_webseeds", "torrents_files", "torrents_piece_states",
    "torrents_piece_hashes", "torrents_piece_availability", "torrents_export", "torrents_ssl_parameters",
]:
    call(name, **one)
call("torrents_categories")
call("torrents_tags")
for name in [
    "torrents_resume", "torrents_pause", "torrents_start", "torrents_stop", "torrents_recheck", "torrents_reannounce",
    "torrents_increase_priority", "torrents_decrease_priority", "torrents_top_priority", "torrents_bottom_priority",
    "torrents_toggle_sequential_download", "torrents_toggle_first_last_piece_priority", "torrents_download_limit",
    "torrents_upload_limit",
]:
    call(name, **many)
call("torrents_set_category", category="films", **many)
call("torrents_add_tags", tags="a,b", **many)
call("torrents_remove_tags", tags="a", **many)
call("torrents_set_tags", tags="c", **many)
call("torrents_create_tags", tags="z")
call("torrents_delete_tags", tags="z")
call("torrents_remove_categories", categories="tv")
call("torrents_set_share_limits", ratio_limit=1.5, seeding_time_limit=10, inactive_seeding_time_limit=20, **many)
call("torrents_set_download_limit", limit=90000, **many)
call("torrents_set_upload_limit", limit=40000, **many)
call("torrents_rename", new_torrent_name="nn", **one)
call("torrents_rename_file", old_path="data/a.bin", new_path="data/first.bin", **one)
call("torrents_rename_folder", old_path="data/sub", new_path="data/other", **one)
call("torrents_file_priority", file_ids=[0, 1], priority=6, **one)
call("torrents_set_auto_management", enable=False, **many)
call("torrents_set_super_seeding", enable=False, **many)
call("torrents_set_force_start", enable=False, **many)
call("torrents_add_peers", peers="127.0.0.1:5000", **many)
call("torrents_add_trackers", urls="http://127.0.0.1:9/announce", **one)
call("torrents_edit_tracker", original_url="http://127.0.0.1:9/announce", new_url="udp://127.0.0.1:9/a", **one)
call("torrents_remove_trackers", urls="udp://127.0.0.1:9/a", **one)
call("torrents_set_location", location=folder, **many)
call("torrents_set_save_path", save_path=folder, **many)
call("torrents_set_download_path", download_path=folder, **many)
call("torrents_add_webseeds", urls="http://127.0.0.1:9/", **one)
call("torrents_edit_webseed", orig_url="http://127.0.0.1:9/", new_url="http://127.0.0.1:8/", **one)
call("torrents_remove_webseeds", urls="http://127.0.0.1:9/", **one)
call("torrents_set_comment", comment="x", **many)
call("torrents_set_ssl_parameters", ssl_certificate="x", ssl_private_key="y", ssl_dh_params="z", **one)
call("torrents_fetch_metadata", source="magnet:?xt=urn:btih:" + "1" * 40)
call("torrents_parse_metadata", torrent_files=torrent)
call("torrents_save_metadata", source="magnet:?xt=urn:btih:" + "1" * 40)
call("torrents_download_file", **one)
call("sync_maindata")
call("sync_maindata", rid=1)
call("sync_torrent_peers", **one)
call("transfer_info")
call("transfer_speed_limits_mode")
call("transfer_set_speed_limits_mode", intended_state=True)
call("transfer_set_speed_limits_mode", intended_state=False)
call("transfer_toggle_speed_limits_mode")
call("transfer_download_limit")
call("transfer_upload_limit")
call("transfer_set_download_limit", limit=0)
call("transfer_set_upload_limit", limit=500000)
call("transfer_speed_limits")
call("transfer_set_speed_limits", upload_limit=0, download_limit=0, alt_upload_limit=50000, alt_download_limit=50000)
call("transfer_pause_session")
call("transfer_resume_session")
call("transfer_ban_peers", peers="192.0.2.9:5000")
call("log_main")
call("log_peers")
call("rss_items")
call("rss_rules")
call("rss_add_feed", url="http://127.0.0.1:9/", item_path="x")
call("search_plugins")
call("search_start", pattern="x", plugins="all", category="all")
call("torrentcreator_status")
call("torrents_delete", delete_files=False, **many)
call("app_shutdown")

# What of the library was not called: other names of the same methods have capitals.
missing = [
    name
    for name, _ in inspect.getmembers(type(client), callable)
    if name.split("_")[0] in {"app", "auth", "log", "sync", "torrents", "transfer"}
    and name == name.lower()
    and "_" in name
    and name not in called
]
print(json.dumps({"missing": sorted(missing)}), flush=True)
