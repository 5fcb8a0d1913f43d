# SPDX-License-Identifier: Apache-2.0
"""The machine the daemon runs on: a second daemon, signals at any moment, files of root (design.md 9.9)."""
import ctypes
import os
import signal
import subprocess

import pytest

from harness import CLIENTD, settings

NOBODY = 65534


def snapshot(folder):
    """Names, owners and contents."""
    shot = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        status = os.stat(path)
        with open(path, "rb") as file:
            shot[name] = (status.st_uid, status.st_ino, status.st_mtime_ns, file.read())
    return shot


@pytest.mark.parametrize("arguments", [(), ("--no-bus",)], ids=["bus", "no-bus"])
def test_second_daemon_touches_nothing(registered, bootstrap, make_daemon, arguments):
    """Started by hand with another endpoint: it ends with 1, names the first one, and loses no account."""
    before = snapshot(registered.state_directory)
    other = make_daemon(registered.bus)
    other.state_directory = registered.state_directory
    other.start({**settings(bootstrap.uri), "endpoint": "by-hand"}, wait=False, arguments=arguments)
    assert other.wait_exit() == 1
    assert other.wait_log(rf"process {registered.process.pid}\b") and len(other.lines) == 1
    assert snapshot(registered.state_directory) == before
    assert registered.status == "registered"
    registered.kill()       # a killed daemon leaves no lock behind
    registered.start()


def test_second_daemon_with_a_wrong_configuration(registered, make_daemon):
    """The lock is looked at first."""
    other = make_daemon(registered.bus)
    other.state_directory = registered.state_directory
    other.start("endpoint: [", wait=False)
    assert other.wait_exit() == 1 and other.wait_log(rf"process {registered.process.pid}\b")


def test_wrong_first_configuration_makes_no_state_directory(daemon):
    os.rmdir(daemon.state_directory)
    daemon.start("endpoint: g\n", wait=False)
    assert daemon.wait_exit() == 78
    assert not os.path.exists(daemon.state_directory)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_run_as_root_files_get_the_directorys_owner(daemon, server, bootstrap):
    os.chown(daemon.state_directory, NOBODY, NOBODY)
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    daemon.stop()
    shot = snapshot(daemon.state_directory)
    assert {"current", "last-good", "lock"} <= set(shot)
    assert {owner for owner, *_ in shot.values()} == {NOBODY}


def wait_opened(path, begin):
    """Runs begin(), returns when somebody has opened the file."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_CLOEXEC)
    assert libc.inotify_add_watch(watch, os.fsencode(path), 0x20) >= 0      # IN_OPEN
    try:
        begin()
        os.read(watch, 4096)
    finally:
        os.close(watch)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_signal_while_the_configuration_is_read(daemon, bootstrap, server, number):
    """It is handled when the daemon runs: SIGHUP reloads, SIGTERM ends in order."""
    for _ in range(5):
        daemon.configure(settings(bootstrap.uri))
        with open(daemon.config, "a", encoding="utf-8") as file:
            file.write("#" * (200 << 10))
        wait_opened(daemon.config, lambda: daemon.start(wait=False))
        daemon.process.send_signal(number)
        if number == signal.SIGTERM:
            assert daemon.wait_exit() == 0
        else:
            daemon.wait_ready()
            assert daemon.stop() == 0


def test_check_needs_no_state_directory(registered):
    """Beside a running daemon too."""
    for option in ("--check-config", "--print-endpoint"):
        done = subprocess.run([CLIENTD, option, f"--config={registered.config}",
                               f"--state-directory={registered.state_directory}"], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert done.returncode == 0
