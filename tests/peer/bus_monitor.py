# SPDX-License-Identifier: Apache-2.0
"""busctl monitor as a stream of messages. Standard library only."""
import json
import subprocess
import threading
import time

# What busctl prints on its way differs between versions of systemd; a message that it shows does not.
PROBE = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Peer", "Ping")
PROBE_MATCH = "type='method_call',destination='{}',path='{}',interface='{}',member='{}'".format(*PROBE)


class BusMonitor:
    """Calls on_message, from a thread of its own, with each message of the system bus that fits one of the
    match rules, as busctl's JSON object. Whatever is sent after the constructor has returned is seen."""

    def __init__(self, matches, on_message, patience=30):
        """OSError: busctl ended, or showed nothing for patience seconds."""
        self._on_message, self._ready = on_message, threading.Event()
        rules = [f"--match={match}" for match in (*matches, PROBE_MATCH)]
        self._process = subprocess.Popen(
            ["busctl", "--json=short", *rules, "monitor"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
        threading.Thread(target=self._read, daemon=True).start()
        deadline = time.monotonic() + patience
        while not self._ready.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise OSError("busctl cannot monitor the bus")
            subprocess.run(["busctl", "call", *PROBE], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           stdin=subprocess.DEVNULL, timeout=patience, check=False)

    def _read(self):
        with self._process.stdout as lines:
            for line in lines:
                message = json.loads(line)
                if message["type"] == "method_call" and message["destination"] == PROBE[0]:
                    self._ready.set()
                else:
                    self._on_message(message)

    def close(self):
        self._process.kill()
        self._process.wait()
