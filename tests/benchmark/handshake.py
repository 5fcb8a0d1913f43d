#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon's DTLS handshake beside that of `openssl s_client`, in time and in bytes.

Both are new processes each time, go to the same server in the same run, in turns, and agree on the same
suite and curve. The server tells how long it took from the ClientHello to its own Finished, and how many
bytes went both ways. The fastest tenth counts: what a busy machine adds is not the handshake's.
Usage: handshake.py [--write] DAEMON, with $LWM2M_DTLS_TERMINATOR. Ends with status 0 when each figure is
within its bound.
"""
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "peer"), os.path.join(HERE, "..", "integration")]

import measured                                         # noqa: E402 (the path has to be there first)
from dtls_peer import Terminator, certificate_modes     # noqa: E402
from pki import ADDRESS, Pki                            # noqa: E402

ROUNDS = 100
BOUND = 1.3     # ratio to s_client
BOUNDS = {f"handshake by {title}, {unit}": BOUND
          for title in ("PSK", "certificate") for unit in ("us", "bytes")}

CONFIG = """endpoint: benchmark
bootstrap:
  server: {{uri: "coaps://{address}:{port}", {credential}}}
  jitter: 0%
"""


class Psk:
    title = "PSK"
    identity, key = "my-device", "000102030405060708090a0b0c0d0e0f"
    server = [identity, key]
    account = f'security_mode: psk, identity: {identity}, key_hex: "{key}"'
    s_client = ["-psk_identity", identity, "-psk", key]


class Certificates:
    """Each end has one and an intermediate, and verifies the other's up to the root."""
    title = "certificate"

    def __init__(self, folder):
        pki = Pki(folder)
        root = pki.root.certificate_file
        device = pki.device
        self.server = ["", "", *certificate_modes(pki.address, pki.intermediate), "insist", f"ca={root}"]
        self.account = (f'security_mode: certificate, certificate_file: "{device.certificate_file}", '
                        f'private_key_file: "{device.key_file}", server_certificate_file: "{root}", '
                        'certificate_usage: trust-anchor-assertion')
        self.s_client = ["-cert", device.certificate_file, "-key", device.key_file, "-verifyCAfile", root,
                         "-verify_return_error", "-verify_ip", ADDRESS, "-groups", "P-256"]


def handshake(front, number, command):
    """(suite, us, bytes) of the number-th handshake, with the client that this command starts."""
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        _, (*_, lasted) = front.wait_event("lasted", number)
        _, _, suite, _, _, received, sent, *_ = front.wait_event("connected", number)[1]
        return suite, int(lasted), int(received) + int(sent)
    finally:
        client.kill()
        client.wait()
        client.stdin.close()
        front.forget()


def daemon_command(daemon, folder, port, mode):
    config = os.path.join(folder, "config.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(address=ADDRESS, port=port, credential=mode.account))
    os.chmod(config, 0o600)
    return [daemon, "--no-bus", f"--config={config}", f"--state-directory={folder}/state"]


def s_client(port, suite, mode):
    """Offers one suite, which is the shortest ClientHello."""
    return ["openssl", "s_client", "-dtls1_2", "-connect", f"{ADDRESS}:{port}", *mode.s_client,
            "-cipher", f"{suite}:@SECLEVEL=0"]


def compare(daemon, folder, mode):
    """The two figures of this mode."""
    times, sizes = ({"daemon": [], "s_client": []} for _ in range(2))
    front = Terminator(9, *mode.server)     # nobody is behind it
    for number in range(1, 2 * ROUNDS, 2):
        suite, *figures = handshake(front, number, daemon_command(daemon, folder, front.port, mode))
        for name, (time, size) in ("daemon", figures), \
                ("s_client", handshake(front, number + 1, s_client(front.port, suite, mode))[1:]):
            times[name].append(time)
            sizes[name].append(size)
    front.close()
    for unit, figures in ("us", times), ("bytes", sizes):
        ours, theirs = (statistics.quantiles(figures[name], n=10)[0] for name in ("daemon", "s_client"))
        yield measured.ratio(f"handshake by {mode.title}, {unit}", ours, theirs, BOUND)


def main():
    *options, daemon = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        figures = [each for mode in (Psk, Certificates(folder)) for each in compare(daemon, folder, mode)]
    if "--write" in options:
        measured.write("handshake.py", figures)
    return 0 if measured.good(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
