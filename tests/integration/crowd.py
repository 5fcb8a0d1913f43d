# SPDX-License-Identifier: Apache-2.0
"""Sixteen services that publish 64 Objects and 64 instances of one of them, and come and go at random; and
whether an LwM2M Server ever sees a value that was not there.

Each value is set once in a run, and only by one service, which notes when it began to set it and when it had
the reply. So whatever is read between two moments is right or wrong.
"""
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

from gateway import PLAIN
from jeepney.wrappers import DBusErrorResponse
from lwm2m_peer import SENML_CBOR, Superseded, senml_cbor_decode
from publisher import Publisher

HERE = os.path.dirname(os.path.abspath(__file__))
FLOODED, STOPPED = 43000, 43001
OBJECTS = range(43000, 43063)           # and PLAIN: 64
INSTANCES = 64                          # of PLAIN
MEMBERS = 14                            # and the one that floods, and the one that is stopped
OBSERVED = 24
NEVER = float("inf")


class History:
    """What a path had when: [begin of the call, its end, value]; None: the instance is not there."""

    def __init__(self):
        self.lock, self.states = threading.Lock(), {}

    def begin(self, paths, value):
        with self.lock:
            entries = [[time.monotonic(), NEVER, value] for _ in paths]
            for path, entry in zip(paths, entries):
                self.states.setdefault(path, [[0.0, 0.0, None]]).append(entry)
            return entries

    @staticmethod
    def end(entries):
        now = time.monotonic()
        for entry in entries:
            entry[1] = now

    def possible(self, path, begin, end):
        """The values that can have been seen between two moments."""
        with self.lock:
            states = list(self.states.get(path, [[0.0, 0.0, None]]))
        ends = [state[1] for state in states[1:]] + [NEVER]
        # What is not known to have ended lasts until something after it has.
        until = list(itertools.accumulate(reversed(ends), min))[::-1]
        return {state[2] for state, over in zip(states, until) if state[0] <= end and over >= begin}

    def last(self, path):
        with self.lock:
            return self.states[path][-1][2]


class Member(threading.Thread):
    """One service."""

    def __init__(self, crowd, number):
        super().__init__(daemon=True)
        self.crowd, self.random = crowd, random.Random(f"{crowd.seed}/{number}")
        self.homes = [(number_, 0) for number_ in OBJECTS[2:][number::MEMBERS]] + [
            (PLAIN, instance) for instance in range(INSTANCES)[number::MEMBERS]]
        self.paths = {home: f"/{home[0]}/{home[1]}/0" for home in self.homes}
        self.present, self.publisher, self.error = set(), None, None

    def run(self):
        try:
            while not self.crowd.over.is_set():
                self.step()
                self.crowd.over.wait(self.random.expovariate(self.crowd.rate))
            self.come()
        except Exception as error:      # a mistake of the daemon's, or of this test
            self.error = error

    def step(self):
        if self.publisher is None:
            self.random.choices((self.come, self.flash), (9, 1))[0]()
        else:
            self.random.choices((self.set, self.withdraw, self.publish_all, self.go), (20, 3, 3, 1))[0]()

    def come(self):
        if self.publisher is None:
            self.publisher = Publisher(self.crowd.bus)
        self.publish_all()

    def publish_all(self):
        for home in self.homes:
            if home not in self.present:
                self.publish(home)

    def publish(self, home):
        value = self.crowd.next_value()
        noted = self.crowd.history.begin([self.paths[home]], value)
        self.publisher.publish(*home, {0: value})
        self.crowd.history.end(noted)
        self.present.add(home)

    def set(self):
        if self.present:
            homes = self.random.sample(sorted(self.present), min(3, len(self.present)))
            value = self.crowd.next_value()
            noted = self.crowd.history.begin([self.paths[home] for home in homes], value)
            self.publisher.set({self.paths[home]: value for home in homes})
            self.crowd.history.end(noted)

    def withdraw(self):
        if self.present:
            home = self.random.choice(sorted(self.present))
            noted = self.crowd.history.begin([self.paths[home]], None)
            self.publisher.withdraw(*home)
            self.crowd.history.end(noted)
            self.present.discard(home)

    def go(self):
        """Without a word; when the daemon has heard of it nobody knows."""
        self.crowd.history.begin([self.paths[home] for home in self.present], None)
        self.publisher.close()
        self.publisher, self.present = None, set()

    def flash(self):
        """Publishes, and is gone before the reply."""
        home, value, publisher = self.random.choice(self.homes), self.crowd.next_value(), \
            Publisher(self.crowd.bus)
        self.crowd.history.begin([self.paths[home]], value)
        publisher.tell("Publish", "qqa{qv}a{sv}", (*home, {0: ("x", value)}, {}))
        self.crowd.history.begin([self.paths[home]], None)
        publisher.close()


class Flood:
    """flood.py, in a process of its own."""

    def __init__(self, bus, object_id, rate, seconds, *more):
        self.path, self.count = f"/{object_id}/0/0", 0
        self.child = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "flood.py"), bus.address, str(object_id), "0", str(rate),
             str(seconds), *map(str, more)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.child.stdout.readline() == "published\n"

    def go(self):
        self.child.stdin.write("go\n")
        self.child.stdin.flush()

    def set_stopped(self, stopped):
        self.child.send_signal(signal.SIGSTOP if stopped else signal.SIGCONT)

    def result(self):
        """(how many, errors, times of the calls, times of the replies)"""
        result = json.loads(self.child.stdout.readline())
        self.count = result[0]
        return result

    def close(self):
        self.set_stopped(False)
        self.child.stdin.close()
        self.child.wait(10)
        self.child.stdout.close()


class Crowd:
    """All of them over a Gateway that knows OBJECTS."""

    def __init__(self, gateway, bus, seed, rate=20):
        self.gateway, self.server, self.bus = gateway, gateway.server, bus
        self.seed, self.rate, self.random = seed, rate, random.Random(seed)
        self.history, self.over, self._values = History(), threading.Event(), itertools.count(1)
        self.observations, self.looks = {}, 0

    def next_value(self):
        return next(self._values)

    def run(self, seconds):
        """All come and go for so long; at the end all are there."""
        flood, stopped = (Flood(self.bus, number, rate, seconds, 100) for number, rate in
                          ((FLOODED, 0), (STOPPED, 10)))
        members = [Member(self, number) for number in range(MEMBERS)]
        begin = time.monotonic()
        for each in (*members, flood, stopped):
            each.start() if each in members else each.go()
        while (now := time.monotonic() - begin) < seconds:
            stopped.set_stopped(seconds / 4 < now < seconds * 3 / 4)
            self.look()
        self.over.set()
        for member in members:
            member.join(30)
            if member.error is not None:
                raise member.error
        stopped.set_stopped(False)
        self.check_end(members, {each.path: each.result()[:2] for each in (flood, stopped)})
        return members, flood, stopped

    # -- what the server sees

    def look(self):
        """One Read, and one observation more where there are few."""
        path = f"/{PLAIN}" if self.random.random() < 0.02 else self.any_path()
        begin = time.monotonic()
        try:
            response = self.server.read(path, accept=SENML_CBOR)
        except Superseded:
            return      # it has changed between two blocks
        self.check(path, response, begin, time.monotonic())
        self.looks += 1
        if len(self.observations) < OBSERVED and (path := self.any_path()) not in self.observations:
            observation = self.server.observe(path, accept=SENML_CBOR)
            if observation.exists:
                self.observations[path] = observation
        for path, observation in list(self.observations.items()):
            if observation.count() and observation.messages[-1].code_text == "4.04":
                self.check_notifications(path, self.observations.pop(path))

    def any_path(self):
        choices = [(PLAIN, self.random.randrange(INSTANCES)), (self.random.choice(OBJECTS[2:]), 0)]
        return "/%d/%d/0" % self.random.choice(choices)

    def check(self, path, response, begin, end):
        found = senml_cbor_decode(response.payload) if response.code_text == "2.05" else {}
        assert response.code_text in ("2.05", "4.04"), (path, response)
        paths = [path] if path.count("/") == 3 else [f"/{PLAIN}/{number}/0" for number in range(INSTANCES)]
        for each in paths:
            possible = self.history.possible(each, begin, end)
            assert found.get(each) in possible, (each, found.get(each), possible, begin, end)
        assert set(found) <= set(paths)

    def check_notifications(self, path, observation):
        """Each value was there, and they came in the order in which they were set."""
        values = [senml_cbor_decode(message.payload)[path] if message.code_text == "2.05" else None
                  for message in (observation.answer, *observation.messages)]
        known = [state[2] for state in self.history.states[path]]
        places = [known.index(value) for value in values if value is not None]
        assert places == sorted(places), (path, values, known)
        assert None not in values[:-1]

    # -- the end

    def check_end(self, members, floods):
        self.gateway.settle()
        for path, (count, errors) in floods.items():
            assert errors == 0 and self.gateway.read(path) == {path: count}, path
        for member in members:
            for path in member.paths.values():
                assert self.gateway.read(path) == {path: self.history.last(path)}, path
        for path, observation in self.observations.items():
            self.server.wait(lambda path=path, observation=observation: self.is_told(path, observation), 10,
                             f"the last value of {path}")
            self.check_notifications(path, observation)

    def is_told(self, path, observation):
        """The last value; or that the instance has gone, after which nothing comes."""
        message = (observation.messages or [observation.answer])[-1]
        return message.code_text == "4.04" or senml_cbor_decode(message.payload) == {
            path: self.history.last(path)}

    def check_full(self):
        """64 Objects and 64 instances are there, and nothing more fits."""
        publisher = Publisher(self.bus)
        try:
            published = {number: instances for number, instances in publisher.objects().items()
                         if number in OBJECTS or number == PLAIN}
            assert len(published) == 64 and sorted(published[PLAIN]) == list(range(INSTANCES))
            for home in ((PLAIN, INSTANCES), (PLAIN + 1, 0)):
                try:
                    publisher.publish(*home, {0: 1})
                    raise AssertionError(f"{home} is one too many")
                except DBusErrorResponse as error:
                    assert error.name.endswith(".LimitExceeded"), error
        finally:
            publisher.close()

    def leave(self, members, flood, stopped):
        """All go; nothing is left of them."""
        for member in members:
            member.go()
        flood.close()
        stopped.close()
        self.gateway.wait_announced(absent=[f"</{number}/0>" for number in (PLAIN, *OBJECTS)])
        assert self.gateway.server.read(f"/{PLAIN}").code_text == "4.04"
