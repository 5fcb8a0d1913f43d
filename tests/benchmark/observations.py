#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What observations cost: 64 of each of four LwM2M Servers, over values that change 1,000 times a second.

Each server is a process that does nothing but register the client, count notifications, acknowledge the
confirmable ones, and, the first one, read now and then. Usage: observations.py OBSERVED_CLIENT. Ends
with status 0 when every figure is within its bound.
"""
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peer"))

from benchmark import Process                                                       # noqa: E402
from lwm2m_peer import (ACCEPT, CHANGED, CREATED, EMPTY, GET, LOCATION_PATH, OBSERVE,    # noqa: E402
                        TEXT, Message, Type, path_options, uint)

SERVERS, OBSERVATIONS, CHANGES = 4, 64, 1000
ROUNDS, READS, PAUSE, SETTLE, SECONDS = 9, 300, 0.003, 0.2, 5
READ_BOUND = 10         # p99 while all this happens, to that at idle
LINEAR_BOUND = 1.5      # CPU of one notification with 256 observations, to that with 4
MEMORY_BOUND = 64       # kB that it may grow by after the first round
IDLE_BOUND = 1          # voluntary context switches in the idle seconds
MAX_DATAGRAM, CONTENT = 2048, 0x45


class Server:
    """One of them, in a process of its own."""

    def __init__(self, orders):
        self.orders = orders
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.client, self.mid, self.tokens, self.notifications = None, 1, set(), 0
        self.port = self.socket.getsockname()[1]

    def receive(self, until, wanted=None):
        """Serves until that time, or the answer with this token."""
        while (left := until - time.perf_counter()) > 0:
            self.socket.settimeout(left)
            try:
                data, self.client = self.socket.recvfrom(MAX_DATAGRAM)
            except socket.timeout:
                return None
            kind, length = data[0] >> 4 & 3, data[0] & 15
            token = data[4:4 + length]
            if data[1] == CONTENT and kind != Type.ACK and token in self.tokens:
                self.notifications += 1
                if kind == Type.CON:
                    self.socket.sendto(bytes((0x60, 0)) + data[2:4], self.client)
            elif data[1] < 32 and data[1] != EMPTY:
                request = Message.decode(data)
                options = [(LOCATION_PATH, b"rd")] if request.path == "/rd" else []
                answer = Message(Type.ACK, CREATED if options else CHANGED, request.mid, token, options)
                self.socket.sendto(answer.encode(), self.client)
            elif token == wanted:
                return data
        return None

    def request(self, path, options=()):
        """A GET; how long it takes in seconds."""
        self.mid += 1
        token = os.urandom(8)
        message = Message(Type.CON, GET, self.mid, token, [*path_options(path), *options,
                                                           (ACCEPT, uint(TEXT))])
        if options:
            self.tokens.add(token)
        begin = time.perf_counter()
        self.socket.sendto(message.encode(), self.client)
        answer = self.receive(begin + 5, token)
        assert answer is not None and answer[1] == CONTENT, answer
        return time.perf_counter() - begin

    def run(self):
        while True:
            if not self.orders.poll():
                self.receive(time.perf_counter() + 0.01)
                continue
            order, *rest = self.orders.recv()
            if order == "registered":
                self.orders.send(self.client is not None)
            elif order == "observe":
                for number in range(rest[0]):
                    self.request(f"/3/0/11/{number % rest[1]}", [(OBSERVE, b"")])
                self.orders.send(None)
            elif order == "read":
                self.orders.send([self.request("/3/0/11/0") for _ in range(rest[0])
                                  if self.receive(time.perf_counter() + rest[1]) is None])
            elif order == "count":
                self.orders.send(self.notifications)
            else:
                return


def serve(orders):
    server = Server(orders)
    orders.send(server.port)
    server.run()


class Client(Process):
    def __init__(self, program, ports):
        self.child = subprocess.Popen([program, *map(str, ports)], stdin=subprocess.PIPE, text=True,
                                      stderr=subprocess.DEVNULL)

    def change(self, rate, values=1):
        print(rate, values, file=self.child.stdin, flush=True)


class World:
    """The client and its servers."""

    def __init__(self, program, servers=SERVERS):
        self.pipes, self.processes = [], []
        for _ in range(servers):
            mine, theirs = multiprocessing.Pipe()
            process = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
            process.start()
            self.pipes.append(mine)
            self.processes.append(process)
        self.client = Client(program, [pipe.recv() for pipe in self.pipes])
        while not all(self.ask("registered")):
            time.sleep(0.05)
        time.sleep(0.5)

    def ask(self, *order):
        for pipe in self.pipes:
            pipe.send(order)
        return [pipe.recv() for pipe in self.pipes]

    def observe(self, each, values):
        self.ask("observe", each, values)

    def read(self, count, pause):
        """The times of Reads of the first server."""
        self.pipes[0].send(("read", count, pause))
        return self.pipes[0].recv()

    def notifications(self):
        return sum(self.ask("count"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.__exit__()
        for process in self.processes:
            process.kill()


def p99(times):
    return sorted(times)[int(len(times) * 0.99)] * 1000


def load(program):
    """p99 of Reads at idle and under load, the median of rounds that take turns, so that a busy machine hits
    both alike; notifications a second, % of a core, and what the memory has grown by from the second on."""
    idle, busy, memory, seconds = [], [], [], 0
    with World(program) as world:
        world.observe(OBSERVATIONS, OBSERVATIONS)
        count, cpu = world.notifications(), world.client.cpu_ns()
        for _ in range(ROUNDS):
            world.client.change(0)
            time.sleep(SETTLE)
            idle.append(p99(world.read(READS, PAUSE)))
            world.client.change(CHANGES, OBSERVATIONS)
            begin = time.perf_counter()
            busy.append(p99(world.read(READS, PAUSE)))
            seconds += time.perf_counter() - begin
            memory.append(world.client.memory_kb()[1])
        count, cpu = world.notifications() - count, world.client.cpu_ns() - cpu
    return (statistics.median(idle), statistics.median(busy), count / seconds, cpu / seconds / 1e7,
            memory[-1] - memory[1])


def cost(program, each, servers):
    """CPU of one notification, us: every observation is of the one value."""
    with World(program, servers) as world:
        world.observe(each, 1)
        rate = max(4, 4000 // (each * servers))
        world.client.change(rate, 1)
        time.sleep(0.5)
        cpu, count = world.client.cpu_ns(), world.notifications()
        time.sleep(2)
        return (world.client.cpu_ns() - cpu) / 1000 / (world.notifications() - count)


def idle(program):
    with World(program) as world:
        world.observe(OBSERVATIONS, OBSERVATIONS)
        time.sleep(2)
        before = world.client.voluntary_switches()
        time.sleep(SECONDS)
        return world.client.voluntary_switches() - before


def main():
    program = sys.argv[1]
    at_idle, busy, count, cpu, growth = load(program)
    costs = {each * servers: cost(program, each, servers) for each, servers in ((4, 1), (64, 1), (64, 4))}
    rows = [
        ("Read p99, ms", f"{busy:.2f} / {at_idle:.2f}", busy / at_idle, READ_BOUND),
        ("CPU a notification, us", " ".join(f"{n}: {value:.0f}" for n, value in costs.items()),
         costs[256] / costs[4], LINEAR_BOUND),
        ("memory, kB more", "", growth, MEMORY_BOUND),
        (f"switches in {SECONDS} s", "", idle(program), IDLE_BOUND),
    ]
    for name, figure, value, bound in rows:
        print(f"{name:<24}{figure:>28}{value:>10.2f}  <= {bound}  {'ok' if value <= bound else 'TOO MUCH'}")
    print(f"{SERVERS} x {OBSERVATIONS} observations, {CHANGES} changes a second: "
          f"{count:.0f} notifications a second, {cpu:.0f} % of a core")
    return 0 if all(value <= bound for _, _, value, bound in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
