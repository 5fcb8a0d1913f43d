# SPDX-License-Identifier: Apache-2.0
"""A network around the daemon: it runs in a network namespace of its own, the test's sockets are in another
one, a pair of links between them; a name server, and a NAT."""
import ctypes
import os
import selectors
import socket
import struct
import subprocess
import threading

import pytest

CLONE_NEWNET = 0x40000000
DEVICE, GATEWAY, OTHER_DEVICE = "10.9.0.2", "10.9.0.1", "10.9.0.3"
SECOND_DEVICE, SECOND_GATEWAY = "10.8.0.2", "10.8.0.1"      # on a second link
DEVICE6, GATEWAY6 = "2001:db8:9::2", "2001:db8:9::1"    # not fd..: getaddrinfo() would put IPv4 first
SERVER, SERVER6 = "198.51.100.1", "2001:db8:1::1"     # behind the gateway
NOWHERE = "198.51.100.66"                             # so is this, but nothing is there
NAME = "server.test"
LIBC = ctypes.CDLL(None, use_errno=True)


def _enter_new_namespace():
    if LIBC.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


class Network:
    """The two namespaces; made where the calling thread is afterwards: around the device."""

    def __init__(self):
        self._before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter_new_namespace()
        except OSError:
            os.close(self._before)
            raise
        self._holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"],
                                        stdout=subprocess.PIPE)
        self._holder.stdout.readline()
        self.wrapper = ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net"]
        self.around("ip link set lo up")
        for address in (f"{SERVER}/32", f"{NOWHERE}/32", f"{SERVER6}/128"):
            self.around(f"ip address add {address} dev lo")
        self.around(f"ip link add dev0 type veth peer name wan netns {self._holder.pid}")
        self.around(f"ip address add {GATEWAY}/24 dev dev0")
        self.around(f"ip -6 address add {GATEWAY6}/64 dev dev0 nodad")
        self.around("ip link set dev0 up")
        self.device("ip link set lo up")

    def close(self):
        LIBC.setns(self._before, CLONE_NEWNET)
        os.close(self._before)
        self._holder.kill()
        self._holder.wait()
        self._holder.stdout.close()

    def around(self, command):
        subprocess.run(command.split(), check=True)

    def device(self, command):
        subprocess.run([*self.wrapper, *command.split()], check=True)

    # -- what the device's network daemon would do

    def up(self, address=DEVICE, ipv6=False):
        self.device("ip link set wan up")
        self.device(f"ip address replace {address}/24 broadcast + dev wan")
        if ipv6:
            self.device(f"ip -6 address replace {DEVICE6}/64 dev wan nodad")

    def default_route(self, ipv6=False):
        self.device(f"ip route replace default via {GATEWAY}")
        if ipv6:
            self.device(f"ip -6 route replace default via {GATEWAY6}")

    def second_link(self):
        self.around(f"ip link add dev1 type veth peer name wan1 netns {self._holder.pid}")
        self.around(f"ip address add {SECOND_GATEWAY}/24 dev dev1")
        self.around("ip link set dev1 up")
        self.device("ip link set wan1 up")
        self.device(f"ip address add {SECOND_DEVICE}/24 broadcast + dev wan1")

    def ports(self, lowest, highest):
        """Those that the kernel chooses from."""
        setting = "/proc/sys/net/ipv4/ip_local_port_range"      # read-only in a container's /proc
        subprocess.run([*self.wrapper, "unshare", "--mount", "sh", "-c",
                        f"mount -t proc proc /proc && echo {lowest} {highest} >{setting}"], check=True)

    def connect(self, ipv6=False):
        self.up(ipv6=ipv6)
        self.default_route(ipv6)

    def down(self):
        self.device("ip link set wan down")

    def move(self, address):
        """Another address in place of the one before, as after a new lease."""
        self.device("ip address flush dev wan scope global")
        self.device(f"ip address add {address}/24 broadcast + dev wan")
        self.default_route()

    def unplug(self):
        """The cable: addresses and routes stay."""
        self.around("ip link set dev0 down")

    def plug(self):
        self.around("ip link set dev0 up")


class NameServer:
    """Answers for NAME with what it is told, once it is there; the device's /etc/resolv.conf names it."""

    def __init__(self, folder):
        self.file = os.path.join(folder, "resolv.conf")
        self.use(GATEWAY)
        self.addresses = [SERVER]
        self._socket = self._thread = None
        self._over = threading.Event()

    def use(self, address):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(f"nameserver {address}\n")

    def wrap(self, network):
        """Words before a command that is to run in the network with this resolv.conf."""
        script = f"mount --bind {self.file} /etc/resolv.conf && exec \"$@\""
        return [*network.wrapper, "unshare", "--mount", "sh", "-c", script, "sh"]

    def start(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((GATEWAY, 53))
        self._socket.settimeout(0.1)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while not self._over.is_set():
            try:
                query, client = self._socket.recvfrom(4096)
                self._socket.sendto(self._answer(query), client)
            except OSError:     # nothing has come yet, or whoever has asked is gone
                pass

    def _answer(self, query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question, (kind,) = query[12:at + 5], struct.unpack_from(">H", query, at + 1)
        family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind)
        known = ".".join(labels).lower() == NAME
        found = [socket.inet_pton(family, each) for each in self.addresses
                 if known and family == (socket.AF_INET6 if ":" in each else socket.AF_INET)]
        records = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(each)) + each for each in found)
        return query[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known else 3), 1, len(found), 0, 0) \
            + question + records

    def close(self):
        """Its thread ends before the number of its socket can be another one's."""
        self._over.set()
        if self._socket is not None:
            self._thread.join()
            self._socket.close()


class Nat:
    """Relays between the device and a server, from a port of its own for each of the device's."""

    def __init__(self, server_address):
        self.server_address = server_address
        self._selector = selectors.DefaultSelector()
        self.inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inside.bind((GATEWAY, 0))
        self.uri = f"coap://{GATEWAY}:{self.inside.getsockname()[1]}"
        self._outside = {}      # address of the device -> our socket
        self._deaf = set()      # addresses of the device that no answer reaches any more
        self._selector.register(self.inside, selectors.EVENT_READ, None)
        self._over = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._over:
            for key, _ in self._selector.select(0.1):
                with self._lock:
                    self._relay(key)

    def _relay(self, key):
        try:
            data, sender = key.fileobj.recvfrom(65536)
        except OSError:
            return
        if key.fileobj is not self.inside:
            if key.data not in self._deaf:
                self.inside.sendto(data, key.data)
            return
        if sender not in self._outside:
            self._outside[sender] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._outside[sender].bind((SERVER, 0))
            self._selector.register(self._outside[sender], selectors.EVENT_READ, sender)
        self._outside[sender].sendto(data, self.server_address)

    def forget(self, deaf=False):
        """The mappings are gone. deaf: and the server goes on answering to the old ports."""
        with self._lock:
            if deaf:
                self._deaf |= set(self._outside)
            for each in self._outside.values():
                self._selector.unregister(each)
                each.close()
            self._outside.clear()

    def close(self):
        self._over = True
        self._thread.join()
        self.forget()
        self.inside.close()
        self._selector.close()


@pytest.fixture
def network():
    try:
        made = Network()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace may be made here: {error}")
    yield made
    made.close()


@pytest.fixture
def name_server(network, tmp_path):
    made = NameServer(str(tmp_path))
    if subprocess.run([*made.wrap(network), "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("no mount namespace may be made here")
    yield made
    made.close()


@pytest.fixture
def figure(capsys):
    """Prints a figure past pytest, and checks it."""
    def check(what, seconds, limit):
        with capsys.disabled():
            print(f"\nFIGURE {what}: registered again after {seconds:.1f} s (at most {limit:.0f} s)")
        assert seconds <= limit
    return check
