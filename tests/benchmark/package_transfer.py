#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A package of 200 MB, pushed by Block1, pulled by Block2 and by http: how much memory the daemon takes for
it, how fast it is beside libcoap's own coap-client and curl, which fetch the same file from the same server
in the same run, and how long a Read of another server takes meanwhile.

Usage: package_transfer.py BLOCK_SERVER [MB], with $LWM2M_CLIENTD; coap-client-openssl (libcoap3-bin) and
curl have to be there. Ends with status 0 when every figure is within its bound.
"""
import hashlib
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "peer"), os.path.join(HERE, "..", "integration")]

import harness                                          # noqa: E402 (the path has to be there first)
from firmware import BackEnd, Firmware              # noqa: E402
from harness import factory_server                      # noqa: E402
from lwm2m_peer import (BLOCK1, CONTENT_FORMAT, EMPTY, OPAQUE, PUT, Block,     # noqa: E402
                        LwM2MServer, Message, Type, path_options, uint)

MB = 1000 * 1000
RATE = 100 * MB // 8            # bytes a second of the http server: 100 Mbit/s
PIECE = 16 * 1024               # bytes that it sends at once
READ_EVERY = 0.02               # seconds
RSS_BOUND = 1024                # kB from the first MiB on
SPEED_BOUND = 0.9               # of the yardstick's
READ_BOUND = 20                 # ms, p99


# --- processes of their own --------------------------------------------------------------------------------


def serve_http(path):
    """One file to whoever connects, no faster than RATE."""
    size = os.path.getsize(path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            with connection, open(path, "rb") as file:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: \"1\"\r\n"
                                   b"Connection: close\r\n\r\n" % size)
                began, sent = time.monotonic(), 0
                try:
                    while piece := file.read(PIECE):
                        connection.sendall(piece)
                        sent += len(piece)
                        time.sleep(max(0, began + sent / RATE - time.monotonic()))
                except OSError:
                    pass    # it has hung up


def read_device():
    """A second LwM2M Server, which reads /3/0 again and again until its input ends: p99 and how many."""
    with LwM2MServer(name="reader") as server:
        print(server.port, flush=True)
        server.wait_registration(timeout=60)
        over, times = threading.Event(), []
        threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
        while not over.wait(READ_EVERY):
            began = time.monotonic()
            assert server.read("/3/0").code_text == "2.05"
            times.append(time.monotonic() - began)
            server.records.clear()
        print(f"{sorted(times)[int(len(times) * 0.99)] * 1000:.2f} {len(times)}", flush=True)


class Helper:
    """One of these, or a program, that tells its port first."""

    def __init__(self, *words):
        self.child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.child.stdout.readline())

    def result(self):
        self.child.stdin.close()
        return self.child.stdout.readline().split()

    def close(self):
        self.child.kill()
        self.child.wait()


def own(*words):
    return Helper(sys.executable, "-B", os.path.abspath(__file__), *words)


# --- the daemon --------------------------------------------------------------------------------------------


class Verifier(BackEnd):
    """Takes whatever package comes; when it was asked, and of which digest."""

    def _read(self, descriptor):
        self.at = time.monotonic()
        digest = hashlib.sha256()
        with descriptor.to_file("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        return digest.hexdigest()


class Memory(threading.Thread):
    """What a process's RSS grows by, once the package on the disk has a MiB."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.status = f"/proc/{daemon.process.pid}/status"
        self.folder, self.first, self.most, self.over = daemon.state_directory, None, 0, False
        self.start()

    def run(self):
        while not self.over:
            if any(os.path.getsize(os.path.join(self.folder, name)) >= 1 << 20
                   for name in os.listdir(self.folder)):
                with open(self.status, encoding="ascii") as file:
                    kb = int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
                self.first = self.first or kb
                self.most = max(self.most, kb)
            time.sleep(0.02)

    def growth(self):
        self.over = True
        self.join()
        return self.most - self.first


def push(firmware, path):
    """By Block1, each block in one datagram; the endpoint's own thread rests meanwhile."""
    server = firmware.server
    session, size, total = server.session, 1024, os.path.getsize(path)
    server._waker.send(b"x")
    server._thread.join()
    server._wakee.recv(1)
    prefix = Message(Type.CON, PUT, 0, b"blck", path_options("/5/0/0") + [(CONTENT_FORMAT, uint(OPAQUE))])
    prefix = prefix.encode()[8:]
    server.socket.settimeout(10)
    with open(path, "rb") as file:
        for num in range(-(-total // size)):
            more = (num + 1) * size < total
            option, mid = Block(num, more, size).encode(), session.mid()
            head = struct.pack(">BBH", 0x44, PUT, mid) + b"blck" + prefix
            head += bytes([(13 << 4) | len(option), BLOCK1 - 12 - 13]) + option
            server.socket.sendto(head + b"\xff" + file.read(size), session.address)
            code = answer(server, session, mid)
            assert code == (0x5F if more else 0x44), f"{code:#x} at block {num}"
    server.socket.settimeout(None)
    server._thread = threading.Thread(target=server._run, daemon=True)
    server._thread.start()


def answer(server, session, mid):
    """The code that block was answered with, piggybacked or by a message of its own."""
    while True:
        message = Message.decode(server.socket.recv(2048))
        if message.type == Type.CON:
            server.socket.sendto(Message(Type.ACK, EMPTY, message.mid).encode(), session.address)
        if message.token == b"blck":
            return message.code


class Run:
    """One package on one way: seconds, growth of the memory in kB, p99 of a Read in ms. As fast as the
    yardstick it has to be with the machine for itself, as that has it: without Reads."""

    def __init__(self, folder, path, digest, bring, reads=True):
        os.makedirs(folder)
        reader = own("--read") if reads else None
        bus = harness.Bus(folder).start()
        daemon = harness.Daemon(folder, bus)
        with LwM2MServer() as server:
            firmware = Firmware(daemon, server, bus, folder)
            del daemon.environment["LD_PRELOAD"]    # a clock that can be set costs a system call each look
            firmware.back_end.close()
            firmware.back_end = Verifier(bus, firmware.version_file)
            if reads:
                firmware.config["servers"].append(factory_server(f"coap://127.0.0.1:{reader.port}", 2))
            try:
                firmware.start()
                if reads:
                    daemon.wait_log("Registered with LwM2M Server 2")
                memory = Memory(daemon)
                began = time.monotonic()
                bring(firmware)
                firmware.back_end.wait_call("Verify", timeout=600)
                self.seconds = firmware.back_end.at - began
                assert firmware.back_end.packages == [digest]
                self.growth = memory.growth()
                self.p99, self.reads = map(float, reader.result()) if reads else (0, 0)
            finally:
                daemon.close()
                firmware.close()
                if reads:
                    reader.close()
                bus.stop()
        shutil.rmtree(folder)


def timed(*words):
    began = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def measure(folder, block_server, size):
    path, fetched = os.path.join(folder, "image"), os.path.join(folder, "fetched")
    with open(path, "wb") as file:
        for _ in range(size // MB):
            file.write(os.urandom(MB))
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    rows = []

    def run(name, bring):
        one = Run(os.path.join(folder, name), path, digest, bring)
        print(f"{name}: {size / MB / one.seconds:.1f} MB/s, {one.reads:.0f} Reads meanwhile", flush=True)
        rows.extend([(f"{name}: RSS from the first MiB on, kB", one.growth, RSS_BOUND),
                     (f"{name}: Read of /3/0, p99, ms", one.p99, READ_BOUND)])

    def compare(name, bring, control, best):
        seconds = Run(os.path.join(folder, name), path, digest, bring, reads=False).seconds
        mb = size / MB
        print(f"{name}: {mb / seconds:.1f} MB/s, {mb / best:.1f} MB/s by {control}", flush=True)
        rows.append((f"{name}: time, of {control}'s", seconds / best, 1 / SPEED_BOUND))

    run("Block1", lambda firmware: push(firmware, path))
    blocks = Helper(block_server, path)
    uri = f"coap://127.0.0.1:{blocks.port}/image"
    control = timed("coap-client-openssl", "-m", "get", "-b", "1024", "-B", "600", "-o", fetched, uri)
    compare("Block2", lambda firmware: firmware.pull(uri), "coap-client", control)
    run("Block2", lambda firmware: firmware.pull(uri))
    blocks.close()
    web = own("--http", path)
    uri = f"http://127.0.0.1:{web.port}/image"
    control = timed("curl", "-s", "-o", fetched, uri) + timed("sync", fetched)
    compare("http", lambda firmware: firmware.pull(uri), "curl", control)
    run("http", lambda firmware: firmware.pull(uri))
    web.close()
    return rows


def main(arguments):
    if arguments[0] == "--http":
        return serve_http(arguments[1])
    if arguments[0] == "--read":
        return read_device()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(folder, arguments[0], int(arguments[1] if len(arguments) > 1 else 200) * MB)
    for name, value, bound in rows:
        print(f"{name:<44}{value:>10.2f}  <= {bound:.2f}  {'ok' if value <= bound else 'TOO MUCH'}")
    return 0 if all(value <= bound for _, value, bound in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
