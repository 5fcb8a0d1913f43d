# SPDX-License-Identifier: Apache-2.0
"""Keys stay inside: no core dump, nothing on the disk but what is meant to hold them."""
import os
import resource
import signal
import subprocess

import pytest

from harness import settings


def cores_in(folder):
    return [each for each in os.listdir(folder) if each.startswith("core")]


@pytest.fixture
def core_folder(tmp_path, monkeypatch):
    """A working directory where the kernel writes a core of whatever lets it."""
    monkeypatch.chdir(tmp_path)
    unlimited = ["prlimit", "--core=unlimited:unlimited"]
    ended = subprocess.run([*unlimited, "sh", "-c", "kill -SEGV $$"], check=False)
    if ended.returncode != -signal.SIGSEGV or not cores_in(tmp_path):
        pytest.skip(f"no core dumps here: {resource.getrlimit(resource.RLIMIT_CORE)}")
    for each in cores_in(tmp_path):
        os.unlink(each)
    return tmp_path, unlimited


def test_no_core_dump(core_folder, daemon, bootstrap):
    """Not for want of LimitCORE=, which the unit sets besides: the kernel refuses."""
    folder, daemon.wrapper = core_folder
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    daemon.process.send_signal(signal.SIGSEGV)
    assert daemon.wait_exit() == -signal.SIGSEGV
    assert cores_in(folder) == []
