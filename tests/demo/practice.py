#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Bootstrap Server and an LwM2M Server to practise on, as lwm2m-client-tutorial(7) does.

Both speak DTLS with pre-shared keys, on loopback: the Bootstrap Server on port 5684, the LwM2M Server, whose
account it writes, on port 5784. It prints each CoAP operation with its code until it is ended. Standard
library only, and dtls_terminator, which is built with the tests. Identity and key are for everybody to read:
never use them for a device.
"""
import argparse
import collections
import os
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peer"))

from lwm2m_peer import (TEXT, TLV, BootstrapServer, LwM2MServer, account, code_text,    # noqa: E402
                        delete, finish, security, server_object, write)

BOOTSTRAP_PORT, SERVER_PORT = 5684, 5784
BOOTSTRAP = ("my-device", "000102030405060708090a0b0c0d0e0f")   # as in lwm2m-client.yaml
SERVER = ("my-device@server-1", "101112131415161718191a1b1c1d1e1f")
SERVER_URI = f"coaps://127.0.0.1:{SERVER_PORT}"
TEMPERATURE = "/3303/0/5700"
FORMATS = {TLV: " (TLV)", TEXT: " (text)"}


def server_account(short_server_id):
    """What the Bootstrap Server writes; the Security Object Instance says Short Server ID 1."""
    identity, key = SERVER
    good = account(SERVER_URI, mode=0, identity=identity.encode(), key=bytes.fromhex(key), lifetime=86400)
    return [good[0], write("/1/0", server_object(short_server_id, lifetime=86400))]


def script(options):
    if options.silent:
        return []
    return [delete("/"), *server_account(2 if options.mismatch else 1), finish()]


def show(endpoint, incoming, request, response_code):
    what = FORMATS.get(request.content_format, "")
    query = "?" + "&".join(request.queries) if request.queries else ""
    print(f"{endpoint.name:<16} {'<-' if incoming else '->'} {request.method} {request.path}{query}{what} "
          f"{code_text(response_code)}", flush=True)


class Reader(LwM2MServer):
    """Reads the temperature of whoever has registered."""

    def handle(self, session, message):
        answer = super().handle(session, message)
        if message.path == "/rd" and answer is not None:
            answer.then = self.read_temperature
        return answer

    def read_temperature(self):
        answer = self.read(TEMPERATURE, accept=TEXT)
        print(f"{self.name:<16}    {TEMPERATURE} is {answer.text}", flush=True)


def tell_systemd():
    """With Type=notify the unit has started when both ports are open."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", address.replace("@", "\0", 1))


def terminator(build, port, peer, psk):
    program = os.path.join(build, "tests", "peer", "dtls_terminator")
    process = subprocess.Popen([program, str(port), str(peer.port), *psk], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    if not process.stdout.readline():
        sys.exit(f"practice: port {port} cannot be used")
    # What it says of each handshake goes nowhere.
    threading.Thread(target=collections.deque, args=(process.stdout, 0), daemon=True).start()
    return process


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", help="folder of the build")
    failure = parser.add_mutually_exclusive_group()
    failure.add_argument("--silent", action="store_true",
                         help="the Bootstrap Server accepts the request, and then says nothing")
    failure.add_argument("--mismatch", action="store_true",
                         help="it writes a Server Object Instance of another Short Server ID")
    options = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Reader(on_operation=show) as server, BootstrapServer(on_operation=show) as bootstrap:
        bootstrap.script = script(options)
        ends = [terminator(options.build, BOOTSTRAP_PORT, bootstrap, BOOTSTRAP),
                terminator(options.build, SERVER_PORT, server, SERVER)]
        tell_systemd()
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass
        finally:
            for each in ends:
                each.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
