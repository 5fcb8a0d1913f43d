# SPDX-License-Identifier: Apache-2.0
"""A clock of the daemon's own, which tests set and put to sleep: tests/peer/clock_shim.c stands in for the
machine's, which no test may set."""
import os
import socket
import time

from harness import CLOCK_SHIM


def preload(**variables):
    return {"LD_PRELOAD": CLOCK_SHIM, "ASAN_OPTIONS": "verify_asan_link_order=0", **variables}


class Clock:
    """The daemon's: offset seconds from the machine's, whole ones."""

    def __init__(self, daemon, offset=0):
        self.offset, self.slept = offset, 0
        self.path = os.path.join(daemon.folder, "clock")
        daemon.environment = preload(CLOCK_SHIM_SOCKET=self.path, CLOCK_SHIM_OFFSET=str(offset))

    def set(self, offset):
        self.offset = offset
        self._tell(str(offset))

    def sleep(self, seconds):
        """The machine was suspended for a while; every deadline of the daemon is that much nearer."""
        self.slept += seconds
        self._tell(f"sleep {seconds}")

    def _tell(self, words):
        """Returns when it is so: what the daemon is asked next, it answers by the new clock."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.settimeout(10)
            to.bind("")     # any address, for the answer
            to.sendto(words.encode(), self.path)
            to.recv(len(words))

    def now(self):
        return time.time() + self.offset + self.slept

    @staticmethod
    def read_at(read, seconds, timeout=10.0):
        """What read(), a pair of values and time, gives once the daemon's clock stands there: it hears of a
        change a moment later."""
        end = time.monotonic() + timeout
        while True:
            values, found = read()
            if 0 <= found - seconds <= 20:
                return values
            assert time.monotonic() < end, f"the clock stands at {found} instead of {seconds}"
