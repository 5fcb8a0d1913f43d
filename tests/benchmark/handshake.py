#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon's DTLS handshake beside that of `openssl s_client`, in time and in bytes.

Both are new processes each time, go to the same server in the same run, in turns, and agree on the same
suite. The server tells how long it took from the ClientHello to its own Finished, and how many bytes went
either way. Usage: handshake.py DAEMON TERMINATOR. Ends with status 0 when each figure is within its bound.
"""
import os
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 41
BOUND = 1.3     # ratio to s_client

IDENTITY, KEY = "my-device", "000102030405060708090a0b0c0d0e0f"
CONFIG = """endpoint: benchmark
bootstrap:
  server: {{uri: "coaps://127.0.0.1:{port}", security_mode: psk, identity: {identity}, key_hex: "{key}"}}
  jitter: 0%
"""


class Server:
    """The terminator; nobody is behind it."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "0", "9", IDENTITY, KEY], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def handshake(self, command):
        """(suite, us, bytes) of the client that this command starts."""
        client = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            events = {}
            while "lasted" not in events:
                event, *words = self.process.stdout.readline().split()
                events[event] = words
            _, suite, _, _, received, sent, *_ = events["connected"]
            return suite, int(events["lasted"][1]), int(received) + int(sent)
        finally:
            client.kill()
            client.wait()
            client.stdin.close()
            self.process.stdin.write("forget\n")
            self.process.stdin.flush()

    def close(self):
        self.process.kill()
        self.process.wait()


def daemon_command(daemon, folder, port):
    config = os.path.join(folder, "config.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(port=port, identity=IDENTITY, key=KEY))
    os.chmod(config, 0o600)
    return [daemon, "--no-bus", f"--config={config}", f"--state-directory={folder}/state"]


def s_client(port, suite):
    """Offers one suite, which is the shortest ClientHello."""
    return ["openssl", "s_client", "-dtls1_2", "-connect", f"127.0.0.1:{port}", "-psk_identity", IDENTITY,
            "-psk", KEY, "-cipher", f"{suite}:@SECLEVEL=0"]


def main():
    daemon, terminator = sys.argv[1:]
    times, sizes = ({"daemon": [], "s_client": []} for _ in range(2))
    server = Server(terminator)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            suite, *figures = server.handshake(daemon_command(daemon, folder, server.port))
            for name, (time, size) in ("daemon", figures), \
                    ("s_client", server.handshake(s_client(server.port, suite))[1:]):
                times[name].append(time)
                sizes[name].append(size)
    server.close()
    good = True
    for what, figures in ("time, us", times), ("bytes", sizes):
        ours, theirs = (statistics.median(figures[name]) for name in ("daemon", "s_client"))
        good = good and ours <= BOUND * theirs
        print(f"{suite}: {what:<10}{ours:>8.0f} / {theirs:<8.0f}{ours / theirs:>8.2f}  <= {BOUND}  "
              f"{'ok' if ours <= BOUND * theirs else 'TOO MUCH'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
