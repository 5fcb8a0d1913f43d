#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random trees and random operations against a plain model: codes, values and links have to agree.

    tests/property/run.py [--seed N] [--count N]

LWM2M_CLIENTD names the daemon. What disagrees is printed with the operations before it; the same seed and
count show it again.
"""
import argparse
import collections
import os
import random
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "peer"), os.path.join(HERE, "..", "integration")]

from definitions import (DEVICE, OBJECTS, PUBLISHED, VERSIONS, kind_of,  # noqa: E402 (the path comes first)
                         published_yaml)
from harness import Bus, Daemon, factory_server, settings, versioned    # noqa: E402
from lwm2m_peer import (METHODS, SENML_CBOR, BootstrapServer, Endpoint, LwM2MServer, decode,     # noqa: E402
                        parsed_links, senml_cbor_decode)
from model import Live      # noqa: E402
from operations import Operations, Tree     # noqa: E402
from publisher import Publisher     # noqa: E402
from watching import Watch, collect  # noqa: E402

TREE = 250              # operations on one tree
SERVERS = (1, 2, 3)     # how many at once
BLOCK_SIZES = (1024, 128)    # the smaller one divides most of what is observed
SETTLE = 20             # operations until the observations have to agree
HISTORY = 20            # operations shown, the one that disagrees first
SHARED_MEMORY = "/dev/shm"      # a Write waits for the disk, which is not what is tested here


class Disagreement(Exception):
    pass


class World:
    """A daemon of one version with some servers, and one tree after another."""

    def __init__(self, rng, version, folder, codes):
        self.rng, self.version, self.codes = rng, version, codes
        self.bus = Bus(folder).start()
        self.daemon = Daemon(folder, self.bus)
        self.servers = {ssid: LwM2MServer() for ssid in
                        rng.sample(range(1, 40), rng.choice(SERVERS))}
        self.bootstrap, self.publisher = BootstrapServer(), None
        self.history, self.watches = [], []
        self.trees = 0

    def start(self):
        """With one account of the configuration: what Device is, a server that may read all sees."""
        first = next(iter(self.servers))
        config = settings(self.bootstrap.uri, [factory_server(self.servers[first].uri, first)])
        config["coap"]["block_size"] = self.rng.choice(BLOCK_SIZES)
        config["device"] = {"manufacturer": "Example", "serial_number": "0815"}
        with open(os.path.join(self.daemon.folder, f"{PUBLISHED}.yaml"), "w", encoding="ascii") as file:
            file.write(published_yaml())
        self.daemon.arguments.append(f"--object-directory={self.daemon.folder}")
        self.daemon.start(versioned(config, self.version))
        self.servers[first].wait_registration()
        self.daemon.wait_status("registered")
        self.publisher = Publisher(self.bus)
        self.publisher.answers["Create"] = {0: "created"}
        found = parsed_links(self.servers[first].discover(f"/{DEVICE}/0").payload)
        self.shown = tuple(int(path.split("/")[3]) for path in found if path.count("/") == 3)
        self.device = {}
        payload = self.servers[first].read(f"/{DEVICE}/0", accept=SENML_CBOR).payload
        for path, value in senml_cbor_decode(payload).items():
            number, *instance = map(int, path.split("/")[3:])
            found = OBJECTS[DEVICE][number]
            value = Live(found.kind) if found.live else value
            if instance:
                self.device.setdefault(number, {})[instance[0]] = value
            else:
                self.device[number] = value

    def plant(self):
        """The next tree; its model."""
        tree = Tree(self.rng, self.version, {ssid: server.uri for ssid, server in self.servers.items()},
                    self.device)
        tree.model.device = self.shown
        before = {ssid: len(server.registrations) for ssid, server in self.servers.items()}
        self.trees += 1
        if self.trees > 1:
            self.publisher.withdraw(PUBLISHED)
        self.bootstrap.script = tree.script
        self.daemon.bootstrap()
        run = self.bootstrap.wait_run(self.trees)
        if any(code[0] != "2" for code in run.codes):
            raise Disagreement(f"bootstrap: {run.codes}, {run.response(-1).text}")
        for ssid, server in self.servers.items():
            server.wait_registration(before[ssid] + 1)
        self.daemon.wait_status("registered", number=self.trees + 1)
        self.publish(tree.model)
        return tree.model

    def publish(self, model):
        """By a service of its own, which agrees to whatever it is asked."""
        if model.handled:
            self.publisher.publish_object(PUBLISHED)
        for (object_id, instance), values in model.instances.items():
            if object_id == PUBLISHED:
                self.publisher.publish(object_id, instance, values, handler=model.handled)

    def check(self, model, operation):
        """Does one operation; raises Disagreement where the client and the model differ."""
        response, observation = self.ask(operation)
        self.history.append((operation, response))
        self.codes[METHODS[operation.method], response.code_text] += 1
        wanted = model.perform(operation)
        complaint = self.compare(operation, response, wanted)
        complaint = complaint or self.look(model, operation, observation)
        if complaint:
            steps = map(self.line, reversed(self.history[-HISTORY:]))
            raise Disagreement("\n".join((complaint, str(wanted), *steps)))

    def ask(self, operation):
        """The response; and the Observation that it has begun, or None."""
        if operation.cancel is not None:
            self.watches.remove(operation.cancel)
            return operation.cancel.observation.cancel(), None
        target = operation.path + ("?" + operation.query if operation.query else "")
        server = self.servers[operation.server]
        content = {"payload": operation.payload, "cf": operation.cf, "accept": operation.accept}
        if not operation.observe:
            return server.operation(operation.method, target, **content), None
        observation = Endpoint.observe(server, server.session, target, operation.method, **content)
        return observation.answer, observation

    def look(self, model, operation, observation):
        """None, or what is wrong with the observations."""
        if observation is not None:
            if observation.exists != (observation.answer.code_text == "2.05"):
                return "an observation without a value, or a value without an observation"
            if observation.exists and not model.is_plain(operation):
                observation.cancel()
            elif observation.exists:
                self.watches.append(Watch(operation, observation, model.state(operation)))
        for watch in [each for each in self.watches if not model.is_plain(each.operation)]:
            watch.observation.cancel()
            self.watches.remove(watch)
        for watch in self.watches:
            watch.changed(model.state(watch.operation))
        if len(self.history) % SETTLE:
            return None
        for server in self.servers.values():
            server.read("/")    # what its answer finds under way leaves before it
        for ssid in self.servers:
            collect([watch for watch in self.watches if watch.operation.server == ssid])
        complaint = next(filter(None, [watch.settle(self.codes) for watch in self.watches]), None)
        for watch in [each for each in self.watches if each.ended]:
            watch.observation.endpoint.forget_observation(watch.observation)
            self.watches.remove(watch)
        return complaint

    @staticmethod
    def compare(operation, response, wanted):
        if response.code_text not in wanted.codes:
            return f"{response.code_text} instead of {' or '.join(wanted.codes)}"
        if response.code_text != "2.05":
            return None
        if response.content_format != wanted.cf:
            return f"Content-Format {response.content_format} instead of {wanted.cf}"
        if wanted.links is not None:
            found = parsed_links(response.payload)
            return None if list(found.items()) == list(wanted.links.items()) else f"links {found}"
        found = decode(operation.path, response.payload, response.content_format, kind_of)
        wanted = wanted.values
        if operation.value == ["/"]:    # the model has not every Object
            found = {path: value for path, value in found.items() if int(path.split("/")[1]) in OBJECTS}
        same = found == wanted and not any(isinstance(found[path], bool) ^ isinstance(wanted[path], bool)
                                           for path in found if not isinstance(wanted[path], Live))
        return None if same else f"values {found}"

    @staticmethod
    def line(step):
        operation, response = step
        return f"{operation} -> {response.code_text} {response.text[:100]!r}"

    def close(self):
        if self.publisher is not None:
            self.publisher.close()
        end = self.daemon.close()
        for peer in (*self.servers.values(), self.bootstrap):
            peer.close()
        self.bus.stop()
        if end != 0:
            raise Disagreement(f"the daemon's end: {end}\n{self.daemon.report()}")


def run_world(rng, version, count, folder, codes):
    world = World(rng, version, folder, codes)
    try:
        world.start()
        for done in range(0, count, TREE):
            model = world.plant()
            operations = Operations(rng, model)
            world.watches = operations.watches
            for _ in range(min(TREE, count - done)):
                world.check(model, operations.next())
    except Disagreement:
        print(world.daemon.report())
        raise
    finally:
        world.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=None, help="default: a new one")
    parser.add_argument("--count", type=int, default=10000, help="operations, default %(default)s")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    worlds, codes = 2 * len(VERSIONS), collections.Counter()
    base = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    began = time.monotonic()
    for number in range(worlds):
        count = options.count * (number + 1) // worlds - options.count * number // worlds
        with tempfile.TemporaryDirectory(dir=base) as folder:
            try:
                run_world(rng, VERSIONS[number % len(VERSIONS)], count, folder, codes)
            except Disagreement as disagreement:
                print(f"LwM2M {VERSIONS[number % len(VERSIONS)]}: {disagreement}")
                return 1
    for method in (*METHODS.values(), "notify"):
        print(f"{method:7}", *(f"{code} {n}" for (name, code), n in sorted(codes.items()) if name == method))
    print(f"{options.count / (time.monotonic() - began):.0f} operations a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
