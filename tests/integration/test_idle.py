# SPDX-License-Identifier: Apache-2.0
"""A registered client that has nothing to do does nothing."""
import os
import re
import time

from daemon_clock import Clock
from harness import factory_server, poll, settings

SECONDS, MAX_SWITCHES = 10, 1


def voluntary_switches(process):
    total = 0
    for task in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{task}/status", encoding="ascii") as file:
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.MULTILINE).group(1))
    return total


def test_idle_after_registration(registered, server):
    """At most one voluntary context switch over all threads in ten seconds."""
    assert server.read("/1/0/1").code_text == "2.05"
    registered.wait_property("SubStatus", "idle")
    time.sleep(1)       # what a registration leaves behind: storage, signals
    assert_rests(registered)


def assert_rests(daemon):
    before = voluntary_switches(daemon.process)
    time.sleep(SECONDS)
    assert voluntary_switches(daemon.process) - before <= MAX_SWITCHES


def test_idle_with_metrics(daemon, server):
    """What has changed is written 15 s later, and then nothing."""
    clock, path = Clock(daemon), os.path.join(daemon.folder, "client.prom")
    daemon.start(settings(servers=[factory_server(server.uri, lifetime=86400)]) | {"metrics_file": path})
    server.wait_registration()
    daemon.wait_server(1, "State", "registered")
    poll(lambda: os.path.exists(path))
    before = os.stat(path).st_ino
    assert server.read("/1/0/1").code_text == "2.05"
    clock.sleep(15)
    poll(lambda: os.stat(path).st_ino != before)
    time.sleep(1)       # what a write leaves behind: its thread
    assert_rests(daemon)
