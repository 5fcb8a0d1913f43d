# SPDX-License-Identifier: Apache-2.0
"""The search finds what is planted, in every spelling, and nothing else."""
import base64
import os
import time

import pytest

from secret_search import CHUNK, Search, files_changed_since

KEY = bytes(range(0xe8, 0xf8))

SPELLINGS = {
    "raw": b"before" + KEY + b"behind",
    "hex": b"key=" + KEY.hex().encode(),
    "HEX": KEY.hex().upper().encode(),
    "hex with colons": KEY.hex(":").encode(),
    "hex dump": KEY.hex(" ").encode(),
    "C string": "".join(f"\\x{byte:02x}" for byte in KEY).encode(),
    "Base64": base64.b64encode(KEY),
    "Base64 of more": base64.b64encode(b"0" + KEY + b"1"),
    "Base64 of still more": base64.b64encode(b"00" + KEY + b"11"),
    "Base64 for URLs": base64.urlsafe_b64encode(KEY),
    "PEM": base64.encodebytes(b"x" * 50 + KEY + b"y" * 50),
    "array": b"ay 16 " + " ".join(map(str, KEY)).encode(),
    "JSON": str(list(KEY)).encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_found_in_every_spelling(spelling):
    search = Search({"key": KEY, "other": bytes(16)})
    search.look("here", SPELLINGS[spelling])
    assert search.found == [("key", "here")]


def test_not_found_where_it_is_not():
    search = Search({"key": KEY})
    search.look("here", os.urandom(100000) + KEY[:-1] + b"0" + KEY[1:])
    assert search.found == []


def test_found_where_two_pieces_of_a_file_meet(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * (CHUNK - 7) + KEY + b"x" * 100)
    search = Search({"key": KEY})
    search.look_into(path)
    assert search.found == [("key", str(path))]


def test_files_that_were_changed(tmp_path):
    (tmp_path / "old").write_text("old")
    (tmp_path / "stamp").write_text("stamp")
    time.sleep(0.02)
    for name in ("new", "apart", "deep/inside", "deep/apart/new"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("new")
    (tmp_path / "link").symlink_to("new")
    changed = files_changed_since(tmp_path / "stamp", tmp_path,
                                  apart=[tmp_path / "apart", tmp_path / "deep/apart"])
    assert {os.path.relpath(path, tmp_path) for path in changed} == {"new", "deep/inside"}


def test_process(tmp_path):
    (tmp_path / "open").write_bytes(KEY)
    search = Search({"key": KEY})
    with open(tmp_path / "open", "rb"):
        search.look_at_process(os.getpid())
    assert [name for name, _ in search.found] == ["key"]
