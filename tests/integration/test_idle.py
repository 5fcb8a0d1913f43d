# SPDX-License-Identifier: Apache-2.0
"""A registered client that has nothing to do does nothing."""
import os
import re
import time

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
    before = voluntary_switches(registered.process)
    time.sleep(SECONDS)
    assert voluntary_switches(registered.process) - before <= MAX_SWITCHES
