# SPDX-License-Identifier: Apache-2.0
"""The far end of a DTLS association: an OpenSSL server in front of a plain peer, and the way to it."""
import contextlib
import os
import select
import socket
import subprocess
import threading
import time
from typing import NamedTuple

from harness import Watched

TERMINATOR = os.environ.get("LWM2M_DTLS_TERMINATOR", "dtls_terminator")

FLIGHT = 0.3    # seconds within which a flight's datagrams follow each other; repeated after 1 s (RFC 6347)
HEADERS = 28    # bytes of IPv4 and UDP


def certificate_modes(certificate, *chain):
    """A Terminator's modes for a certificate of pki.py, and those that it sends behind it."""
    return [f"certificate={certificate.chain_file(*chain)}", f"key={certificate.key_file}"]


class Terminator(Watched):
    """The program dtls_terminator, which says at its beginning what its modes, events and commands are."""

    def __init__(self, forward_to, identity="", key_hex="", *modes):
        super().__init__()
        self.events = []
        self._commanding = threading.Lock()
        self.port, self.forward_to = 0, forward_to
        self._run(identity, key_hex, modes)
        self.uri = f"coaps://127.0.0.1:{self.port}"

    def _run(self, identity, key_hex, modes):
        self.identity, self.key_hex, self.modes = identity, key_hex, modes
        self.process = subprocess.Popen(
            [TERMINATOR, str(self.port), str(self.forward_to), identity, key_hex, *modes],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        self._reader = threading.Thread(target=self._read, args=[self.process.stdout], daemon=True)
        self._reader.start()

    def kill(self):
        """As by a power cut: nobody is told, and who sends meanwhile meets ICMP. No event is later."""
        self.process.kill()
        self.process.wait(5)
        self.process.stdin.close()
        self._reader.join(5)

    close = kill

    def start(self):
        """Behind kill(): as before, on the same port."""
        self._run(self.identity, self.key_hex, self.modes)

    def set_key(self, identity, key_hex):
        """As after a restart with another key, on the same port."""
        self.close()
        self._run(identity, key_hex, self.modes)

    def restart(self, *modes):
        """Another server on the same port."""
        self.close()
        self._run(self.identity, self.key_hex, modes)

    def _read(self, stream):
        for line in stream:
            with self.condition:
                self.events.append((time.monotonic(), line.split()))
                self.condition.notify_all()

    def is_over(self):
        return not self._reader.is_alive()

    def explain(self):
        return f"; events: {[' '.join(words) for _, words in self.events]}"

    def seen(self, event):
        """The words of each event of a kind that has happened by now, read or not: the lines come later than
        what they tell of."""
        if self.process.poll() is None:
            with contextlib.suppress(OSError, ValueError):  # it may just be ending
                self.command("sync")
        with self.condition:
            return [words for _, words in self.events if words[0] == event]

    def count(self, event):
        return len(self.seen(event))

    def wait_event(self, event, number=1, timeout=10.0):
        """(time, words) of the number-th event of a kind."""
        def found():
            matches = [each for each in self.events if each[1][0] == event]
            return matches[number - 1] if len(matches) >= number else None
        return self.await_(found, timeout, f"event {event}")

    def command(self, line):
        with self._commanding:
            number = sum(words[0] == "done" for _, words in list(self.events)) + 1
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            self.wait_event("done", number)

    def forget(self, sessions=False):
        """As after a restart: every association is gone, the port stays; with sessions, tickets too."""
        self.command("forget-sessions" if sessions else "forget")

    def end_sessions(self, forget=False):
        """Every association ends with close_notify; with forget no session of before is known any more."""
        self.command("end-sessions" if forget else "end")

    def alert(self, code, level=2):
        """Each client gets this alert inside its association; level 1 warns, 2 is fatal."""
        self.command(f"alert {code} {level}")

    def renegotiate(self):
        """Each client gets a HelloRequest inside its association."""
        self.command("renegotiate")


class Passed(NamedTuple):
    """A datagram that came to the relay."""
    to_server: bool
    data: bytes
    client: tuple       # its address
    lost: bool


class Relay(Watched):
    """The way to a server: what passes is kept, may be lost, and may come again.

    `lose` and `lose_flights` number datagrams and flights from 1, of both directions together, as they come;
    a flight ends where the direction changes, and is lost as a whole, not its repetition. Datagrams longer
    than the path's MTU are lost without a word.
    """

    def __init__(self, upstream_port, lose=(), lose_flights=(), path_mtu=65535):
        super().__init__()
        self.upstream_port, self.path_mtu = upstream_port, path_mtu
        self.lose, self.lose_flights = set(lose), set(lose_flights)
        self.passed = []
        self._flight, self._flight_began = 0, 0.0
        self._listener, self._upstreams, self._waker = None, {}, None
        self.port = 0
        self.open()
        self.uri = f"coaps://127.0.0.1:{self.port}"

    def open(self):
        """Again on the same port."""
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._listener.bind(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._waker, wake = socket.socketpair()
        self._thread = threading.Thread(target=self._run, args=[wake], daemon=True)
        self._thread.start()

    def shut(self):
        """Clients get ICMP port unreachable from now on; who comes back later is another to the server."""
        if self._listener is None:
            return
        self._waker.close()
        self._thread.join()
        for each in (self._listener, *self._upstreams.values()):
            each.close()
        self._listener, self._upstreams = None, {}

    close = shut

    def lead_to(self, upstream_port):
        """What comes next goes to another server, in the middle of associations too."""
        with self.condition:
            self.upstream_port = upstream_port
            for upstream in self._upstreams.values():
                upstream.connect(("127.0.0.1", upstream_port))

    def repeat(self, passed):
        """Sends a datagram once more, to whom it went."""
        if passed.to_server:
            self._upstream(passed.client).send(passed.data)
        else:
            self._listener.sendto(passed.data, passed.client)

    def _upstream(self, client):
        with self.condition:
            if client not in self._upstreams:
                self._upstreams[client] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                self._upstreams[client].connect(("127.0.0.1", self.upstream_port))
            return self._upstreams[client]

    def _run(self, wake):
        with wake:
            while True:
                clients = {upstream: client for client, upstream in list(self._upstreams.items())}
                ready, _, _ = select.select([wake, self._listener, *clients], [], [])
                if wake in ready:
                    return
                for each in ready:
                    try:
                        self._pass(each, clients.get(each))
                    except ConnectionRefusedError:
                        pass    # the server is away, which the client is not told

    def _pass(self, receiver, client):
        to_server = client is None
        data, sender = receiver.recvfrom(65536)
        client = client or sender
        lost = len(data) + HEADERS > self.path_mtu or self._loses(to_server)
        with self.condition:
            self.passed.append(Passed(to_server, data, client, lost))
            self.condition.notify_all()
        if not lost:
            self.repeat(self.passed[-1])

    def _loses(self, to_server):
        if not self.passed or self.passed[-1].to_server != to_server:
            self._flight, self._flight_began = self._flight + 1, time.monotonic()
        return len(self.passed) + 1 in self.lose or (
            self._flight in self.lose_flights and time.monotonic() < self._flight_began + FLIGHT)
