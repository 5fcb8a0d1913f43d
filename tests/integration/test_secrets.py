# SPDX-License-Identifier: Apache-2.0
"""Keys stay inside: no core dump, nothing on the disk but what is meant to hold them."""
import base64
import os
import re
import resource
import signal
import stat
import subprocess

import pytest

from harness import CTL, SANITIZED, psk, settings

IDENTITY, KEY = "identity-of-the-device", "8badf00ddeadbeefcafebabe0badc0de"


def cores_in(folder):
    return [each for each in os.listdir(folder) if each.startswith("core")]


@pytest.fixture
def core_folder(tmp_path, monkeypatch):
    """A working directory where the kernel writes a core of whatever lets it."""
    monkeypatch.chdir(tmp_path)
    unlimited = ["prlimit", "--core=unlimited:unlimited"]
    ended = subprocess.run([*unlimited, "sh", "-c", "kill -ABRT $$"], check=False)
    if ended.returncode != -signal.SIGABRT or not cores_in(tmp_path):
        pytest.skip(f"no core dumps here: {resource.getrlimit(resource.RLIMIT_CORE)}")
    for each in cores_in(tmp_path):
        os.unlink(each)
    return tmp_path, unlimited


def test_no_core_dump(core_folder, daemon, bootstrap):
    """Not for want of LimitCORE=, which the unit sets besides: the kernel refuses."""
    folder, daemon.wrapper = core_folder
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    daemon.process.send_signal(signal.SIGABRT)
    assert daemon.wait_exit() == -signal.SIGABRT
    assert cores_in(folder) == []


@pytest.fixture
def front(peers, bootstrap):
    """DTLS-PSK in front of the Bootstrap Server."""
    return peers.terminator(bootstrap.port, IDENTITY, KEY)


def config(front, **keys):
    return {**settings(), "bootstrap": {"jitter": "0%", "server": psk(front.uri, IDENTITY, KEY)}, **keys}


@pytest.mark.parametrize("encryption", [False, True])
def test_key_log(daemon, front, bootstrap, encryption):
    """Each session's keys in Wireshark's format; loud, private, left alone by encryption and Reset."""
    path = os.path.join(daemon.state_directory, "keys.log")
    daemon.environment["SSLKEYLOGFILE"] = path
    keys = {}
    if encryption:
        with open(os.path.join(daemon.folder, "state.key"), "w", encoding="ascii") as file:
            file.write("5a" * 32)
        keys = {"state_encryption": {"key_file": "state.key"}}
    daemon.start(config(front, **keys))
    daemon.wait_status("registered")
    daemon.call("Reset")
    daemon.wait_status("registered", number=2)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(path, encoding="ascii") as file:
        lines = file.read().splitlines()
    assert len(lines) == 2
    assert all(re.fullmatch("CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}", each) for each in lines)
    assert daemon.get("KeyLogging") is True
    shown = subprocess.run([CTL, f"--address={daemon.bus.address}", "status"], check=True,
                           capture_output=True, text=True).stdout
    assert "Key log: written for each session" in shown
    daemon.wait_event("KEY_LOGGING",
                      f"The keys of each DTLS session are written to {path}, as SSLKEYLOGFILE asks")
    daemon.await_(lambda: any(each.startswith("STATUS=Registered") and "keys.log" in each
                              for each in daemon.notifications), 5, "STATUS= with the key log")


@pytest.mark.parametrize("place", ["../keys.log", "sub/keys.log", "current", ".current.tmp", "lock", "..",
                                   "link"])
def test_key_log_elsewhere_is_refused(daemon, front, place):
    """With a sentence, and the daemon goes on."""
    path = f"{daemon.state_directory}/{place}"
    os.mkdir(f"{daemon.state_directory}/sub")
    os.symlink("../keys.log", f"{daemon.state_directory}/link")
    daemon.environment["SSLKEYLOGFILE"] = path
    daemon.start(config(front))
    daemon.wait_event("KEY_LOG_REFUSED",
        "SSLKEYLOGFILE names .*: no TLS key log is written|none is written: Too many levels of")
    daemon.wait_status("registered")
    assert daemon.get("KeyLogging") is False
    for folder in (daemon.folder, daemon.state_directory, f"{daemon.state_directory}/sub"):
        assert not os.path.exists(f"{folder}/keys.log")
    with open(f"{daemon.state_directory}/current", "rb") as file:
        assert b"CLIENT_RANDOM" not in file.read()


def test_no_key_log_without_being_asked(daemon, front):
    daemon.start(config(front))
    daemon.wait_status("registered")
    assert daemon.get("KeyLogging") is False
    assert sorted(os.listdir(daemon.state_directory)) == ["configuration", "current", "history", "last-good",
                                                           "lock"]


def memory(pid):
    """What the process may read of its own memory, mapping by mapping."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            place, rights, *_ = line.split()
            begin, end = (int(each, 16) for each in place.split("-"))
            if "r" not in rights or "[v" in line:
                continue
            mem.seek(begin)
            yield mem.read(end - begin)


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody else looks into it")
@pytest.mark.skipif(SANITIZED, reason="what is freed stays in a quarantine")
@pytest.mark.parametrize("kind", ["key_hex", "key_base64", "key_file"])
def test_text_of_a_key_does_not_stay_in_memory(daemon, front, kind):
    """Of YAML, key file and state key the daemon keeps the bytes it needs, and wipes what they came from."""
    state_key = os.urandom(32).hex()
    text = base64.b64encode(bytes.fromhex(KEY)).decode() if kind == "key_base64" else KEY
    for name, content in (("state.key", state_key), ("bootstrap.key", KEY)):
        with open(os.path.join(daemon.folder, name), "w", encoding="ascii") as file:
            file.write(content)
    account = psk(front.uri, IDENTITY, KEY)
    del account["key_hex"]
    account[kind] = "bootstrap.key" if kind == "key_file" else text
    daemon.start({**settings(), "bootstrap": {"jitter": "0%", "server": account},
                  "state_encryption": {"key_file": "state.key"}})
    daemon.wait_status("registered")
    mappings = list(memory(daemon.process.pid))
    assert any(bytes.fromhex(KEY) in each for each in mappings), "the search sees nothing"
    for word in (text, state_key):
        assert not any(word.encode() in each for each in mappings)
