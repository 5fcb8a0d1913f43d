# SPDX-License-Identifier: Apache-2.0
"""The examples of pages and scripts, taken out of them, and what runs them on the daemon's bus."""
import os
import re
import signal
import subprocess
import threading

from harness import CTL, Watched

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def literal_blocks(path):
    """The indented blocks behind "::" of a page, or of a comment in a script."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"^(#|//| \*) ?", "", file.read(), flags=re.MULTILINE)
    blocks = re.findall(r"^(?: {4}.*\n|\n)+", text, re.MULTILINE)
    return [re.sub(r"^ {4}", "", block, flags=re.MULTILINE).strip("\n") + "\n" for block in blocks
            if block.strip()]


def block_with(path, words):
    (block,) = [each for each in literal_blocks(path) if words in each]
    return block


class Program(Watched):
    """A program on the daemon's bus; `lines` is what it has printed."""

    def __init__(self, bus, *words):
        super().__init__()
        self.lines = []
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, env=environment(bus))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.condition:
                self.lines.append(line.rstrip("\n"))
                self.condition.notify_all()
        self.process.wait()
        with self.condition:
            self.condition.notify_all()

    def is_over(self):
        return not self._reader.is_alive()

    def explain(self):
        return f"\n{self.process.args}: {self.lines}"

    def wait_line(self, line, number=1):
        self.await_(lambda: self.lines.count(line) >= number, 10, f"line {line!r}")

    def end(self, how=signal.SIGKILL):
        """The exit status."""
        self.process.send_signal(how)
        self._reader.join(10)
        return self.process.wait(10)


def environment(bus):
    """lwm2mctl is found, and the bus is the system's."""
    return {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address,
            "PATH": f"{os.path.dirname(os.path.abspath(CTL))}:{os.environ['PATH']}"}


def shell(bus, command):
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=30, check=False,
                          stdin=subprocess.DEVNULL, env=environment(bus))
