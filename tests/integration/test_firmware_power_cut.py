# SPDX-License-Identifier: Apache-2.0
"""An update that is cut off at every moment: the daemon is killed right behind each of its calls, from the
Write to the next registration after the reboot, and its peers go away. Whatever happens, it ends: with
Result 1 and the new version, or with another Result and the old one.

tests/peer/cut_shim.c counts the calls and kills. With FIRMWARE_CUTS=all each is a moment; else as many of
them as a test run has time for, evenly spread.
"""
import contextlib
import functools
import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from firmware import DOWNLOADED, IDLE, NEW, OLD, Firmware, package
from harness import CUT_SHIM, Bus, Daemon
from lwm2m_peer import DELETE, LwM2MServer, NoAnswer, Reset
from repository import HttpRepository
from system_services import HANG

LINE_SIZE = 32          # cut_shim.c's
AT_ONCE = 4             # daemons side by side
MOMENTS = 41            # of one way, unless FIRMWARE_CUTS says all
BODY = package(3000)
STUCK = 30.0            # seconds
LIFETIME = 300          # of the registration, more than what a push waits for a block


class Rig:
    """A client with everything around it, a server that wants one update, and systemd, which starts it
    again."""

    def __init__(self, folder, reboots=True, pull=None):
        os.makedirs(folder)
        self.bus = Bus(folder).start()
        self.server = LwM2MServer()
        self.server.ack_timeout = 0.5
        self.daemon = Daemon(folder, self.bus)
        self.firmware = Firmware(self.daemon, self.server, self.bus, folder)
        self.firmware.config["servers"][0] |= {
            "lifetime": LIFETIME,
            "communication_retry": {"retry_count": 5, "retry_timer": "1s", "sequence_retry_count": 9}}
        self.firmware.back_end.reboots = reboots
        self.repository, self.uri = None, None
        if pull is not None:
            self.repository = pull()
            self.uri = self.repository.add("image", BODY)
        self.log = os.path.join(folder, "cuts")
        self.daemon.environment["LD_PRELOAD"] += " " + CUT_SHIM
        self.daemon.environment["CUT_SHIM_LOG"] = self.log
        self.reboots, self.told, self.starts = 0, [], 0
        self.left, self.forgotten = 0, None     # see forget_at()
        self.server.on_incoming = self._note

    def close(self):
        if self.daemon.running:
            self.daemon.kill()
        self.daemon.close()
        self.firmware.close()
        for each in (self.server, self.repository):
            if each is not None:
                each.close()
        self.bus.stop()

    # -- what systemd and the machine do

    def start(self, cut=0):
        self.known, self.starts = len(self.server.registrations), self.starts + 1
        self.daemon.environment["CUT_SHIM_AT"] = str(cut)
        self.daemon.start(self.firmware.config, wait=False)
        threading.Thread(target=self._bury, args=[self.daemon.process], daemon=True).start()

    def _bury(self, process):
        process.wait()
        with self.server.condition:
            self._wait_no_more()

    def _wait_no_more(self):
        """For an answer of a client that is gone; with the server's condition held."""
        for session in self.server.sessions.values():
            for exchange in session.exchanges.values():
                exchange.reset = exchange.response is None
        self.server.condition.notify_all()

    def reboot(self, cut):
        self.reboots += 1
        if self.daemon.running:
            self.daemon.stop()
        shutil.rmtree(self.firmware.runtime)
        os.makedirs(self.firmware.runtime)
        self.firmware.back_end.take_effect()
        self.start(cut)

    # -- what the server does

    def step(self):
        """One look at the client, and what follows from it: whether that was the end."""
        state, result = self.firmware.status()
        if (state, result) != (self.told or [None])[-1]:
            self.told.append((state, result))
        if (state, result) == (IDLE, 0):
            if self.uri is None:
                self.firmware.push(BODY).whole()
            else:
                self.firmware.pull(self.uri)
        elif state == DOWNLOADED:
            self.firmware.update()
        elif state == IDLE:
            return True
        else:
            self.pause()
        return False

    def pause(self):
        """Until something comes, at most a moment."""
        with self.server.condition:
            self.server.condition.wait(0.05)

    def run(self, cut=0):
        """The whole way: None, or what was wrong."""
        self.start(cut)
        end = time.monotonic() + STUCK
        while time.monotonic() < end:
            asked = len([call for call in list(self.firmware.logind.calls) if call.member == "Reboot"])
            if asked > self.reboots:
                self.reboot(cut)
            elif self.daemon.process.poll() is not None:
                cut = 0
                self.start()
            elif self.forgotten is True:
                self.remember_nothing()
            elif len(self.server.registrations) == self.known or not self.server.registrations[-1].active:
                self.pause()
            else:
                if not os.path.exists(self.log):    # what is counted: from the Write on
                    self.daemon.wait_status("registered")
                    open(self.log, "x", encoding="ascii").close()
                try:
                    if self.step():
                        return self.judge()
                except (NoAnswer, Reset):
                    pass        # killed meanwhile
        return f"stuck after {self.told}\n{self.firmware.back_end.explain()}\n{self.daemon.report()}"

    def forget_at(self, number):
        """The server is cut off at the number-th datagram that it gets from the Write on, and comes back
        without a memory."""
        self.left = number

    def _note(self, record):
        """Of each datagram that comes, with the server's condition held: whether it is heard."""
        if self.left > 0 and os.path.exists(self.log):
            self.left -= 1
            self.forgotten = self.left == 0 or None
        leaves = record.message is not None and record.message.code == DELETE   # before the reboot
        if leaves or self.forgotten:
            self._wait_no_more()
        return not self.forgotten

    def remember_nothing(self):
        with self.server.condition:
            self.forgotten = False
            self.server.registrations.clear()
            for session in self.server.sessions.values():
                session.observations.clear()
            self.known = 0
        with contextlib.suppress(OSError):          # who is just starting registers anyway
            self.firmware.clock.sleep(LIFETIME)     # the next Update is due

    def judge(self):
        result, version = self.told[-1][1], self.firmware.back_end.version
        shown = self.firmware.running_version()
        honest = (result, version) == (1, NEW) or (result > 1 and version == OLD)
        kept = self.firmware.kept(BODY)
        for _ in range(50):
            if not kept:
                break
            time.sleep(0.02)    # a thread removes it
            kept = self.firmware.kept(BODY)
        if honest and shown == version and not kept:
            return None
        return (f"Result {result} with {version} ({shown} is shown), kept {kept}, told {self.told}, "
                f"{self.firmware.back_end.explain()}\n{self.daemon.report()}")

    def moments(self):
        """The calls that were counted."""
        with open(self.log, encoding="ascii") as file:
            return [line.strip() for line in file]


def run_one(folder, cut=0, prepare=None, **keywords):
    rig = Rig(folder, **keywords)
    try:
        if prepare is not None:
            prepare(rig)
        complaint = rig.run(cut)
        return complaint, rig.moments(), rig.told
    finally:
        rig.close()


def side_by_side(runs):
    """What each of these functions returns."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda run: run(), runs))


def cuts(folder, most=MOMENTS, **keywords):
    """Runs the way without a cut, then with one behind each call (or some): the complaints, and how many."""
    complaint, moments, _ = run_one(os.path.join(folder, "whole"), 0, **keywords)
    assert complaint is None, complaint
    number = len(moments) if os.environ.get("FIRMWARE_CUTS") == "all" else min(most, len(moments))
    chosen = sorted({1 + each * len(moments) // number for each in range(number)})
    runs = side_by_side([functools.partial(run_one, os.path.join(folder, str(cut)), cut, **keywords)
                         for cut in chosen])
    ends = {}
    for _, _, told in runs:
        ends[told[-1]] = ends.get(told[-1], 0) + 1
    print(f"{len(chosen)} of {len(moments)} moments; ends: {ends}")
    complaints = [f"--- behind call {cut}, {moments[cut - 1]}: {complaint}"
                  for cut, (complaint, _, _) in zip(chosen, runs) if complaint]
    return complaints, len(chosen)


@pytest.mark.limit(150)
def test_killed_behind_each_call_of_a_push(tmp_path):
    complaints, number = cuts(str(tmp_path))
    assert not complaints, f"{len(complaints)} of {number}\n" + "\n".join(complaints[:5])
    assert number >= 40


@pytest.mark.limit(150)
@pytest.mark.parametrize("way", [{"pull": HttpRepository}, {"reboots": False}])
def test_killed_behind_calls_of_another_way(tmp_path, way):
    """A pull, and an update without a reboot."""
    complaints, number = cuts(str(tmp_path), 6, **way)
    assert not complaints, f"{len(complaints)} of {number}\n" + "\n".join(complaints[:5])


def dies_in(member, done):
    """A back end that is cut off in its first call of a member, behind what it does or before; the bus
    starts it again."""
    def prepare(rig):
        back_end = rig.firmware.back_end
        own = {"Verify": lambda: (0, "image", NEW, ""), "Install": back_end._install,
               "Booted": back_end._booted}[member]

        def die(call):
            back_end.answers[member] = lambda again: own(*again.arguments)
            if done:
                own(*call.arguments)
            back_end.close()
            back_end.start()
            return HANG
        back_end.answers[member] = die
    return prepare


@pytest.mark.limit(150)
def test_peer_that_is_cut_off(tmp_path):
    """The back end in each of its calls, the server at each of so many datagrams."""
    ways = {f"{member} {when}": dies_in(member, when == "done")
            for member in ("Verify", "Install", "Booted") for when in ("begun", "done")}
    ways |= {f"server {number}": functools.partial(Rig.forget_at, number=number)
             for number in (1, 2, 3, 5, 8, 12)}
    runs = side_by_side([functools.partial(run_one, str(tmp_path / name.replace(" ", "-")), prepare=prepare)
                         for name, prepare in ways.items()])
    complaints = [f"--- {name}: {complaint}" for name, (complaint, _, _) in zip(ways, runs) if complaint]
    print({name: told[-1:] for name, (_, _, told) in zip(ways, runs)})
    assert not complaints, "\n".join(complaints[:5])
