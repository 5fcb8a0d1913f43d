# SPDX-License-Identifier: Apache-2.0
"""OMA's cases of Information Reporting, step by step, in each version to which they apply. Time does not
pass, it is skipped: the daemon's clock is told that the machine was suspended."""
import pytest

from daemon_clock import Clock
from lwm2m_peer import TLV, Type, tlv_decode
from oma import C_3, power_supplies, versions

VOLTAGES, CURRENTS = {0: b"\x0e\xd8", 1: b"\x13\x88"}, {0: b"\x7d", 1: b"\x03\x84"}     # as Read in TLV


class Reporting:
    """A client in configuration C.4, registered, and its LwM2M Server."""

    def __init__(self, bench):
        self.daemon, self.server, self.version = bench.daemon, bench.server, bench.version
        self.clock = Clock(bench.daemon)
        power_supplies(bench)
        self.registration = bench.register(C_3)

    def attach(self, path, query):
        assert self.server.write_attributes(path, query).code_text == "2.04"

    def observe(self, path):
        observation = self.server.observe(path, accept=TLV)
        assert (observation.answer.code_text, observation.exists) == ("2.05", True)
        return observation

    def wait_observations(self, number):
        self.daemon.wait_server(1, "Observations", number)

    def skip(self, seconds):
        """Not while the power supplies are being looked at: drivers do not take so long."""
        assert self.server.read("/3/0/7").code_text == "2.05"
        self.clock.sleep(seconds)

    def settle(self):
        """Whatever the daemon had to send has come when a Read is answered."""
        assert self.server.read("/3/0/16").code_text == "2.05"


@pytest.fixture
def reporting(bench):
    return Reporting(bench)


@pytest.fixture
def observed(reporting):
    """The Observations of /3/0/7 and /3/0/8 with the attributes of the case."""
    reporting.attach("/3/0/7", "pmin=5&pmax=15")
    reporting.attach("/3/0/8", "pmin=10&pmax=20")
    return reporting.observe("/3/0/7"), reporting.observe("/3/0/8")


def values(message):
    """{Resource Instance ID: bytes} of the one Resource in a payload of TLV."""
    (_, instances), = tlv_decode(message.payload).items()
    return instances


@versions()
def test_1_1_int_301_observe_and_notify(reporting, observed):
    voltage, current = observed
    assert values(voltage.answer) == VOLTAGES and values(current.answer) == CURRENTS
    for seconds, counts in (15, (1, 0)), (5, (1, 1)), (10, (2, 1)), (10, (2, 2)):
        reporting.skip(seconds)
        for observation, count in zip(observed, counts):
            if count:
                observation.wait(count)
        reporting.settle()
        assert (voltage.count(), current.count()) == counts
    assert values(voltage.messages[-1]) == VOLTAGES and values(current.messages[-1]) == CURRENTS
    assert voltage.in_order() and current.in_order()
    assert {message.content_format for each in observed for message in each.messages} == {TLV}


@versions()
def test_1_1_int_302_cancelling_by_reset(reporting, observed):
    """By a Reset to a confirmable notification at the latest."""
    for number, observation in zip((1, 0), observed):
        observation.reply = Type.RST
        for _ in range(6):
            before = observation.count()
            reporting.skip(20)
            observation.wait(before + 1)
            if observation.messages[-1].type == Type.CON:
                break
        reporting.wait_observations(number)
        count = observation.count()
        reporting.skip(20)
        reporting.settle()
        assert observation.count() == count


@versions()
def test_1_1_int_303_cancelling_by_observe_1(reporting, observed):
    for observation in observed:
        response = observation.cancel()
        assert response.code_text == "2.05" and values(response) == values(observation.answer)
    reporting.wait_observations(0)
    counts = [observation.count() for observation in observed]
    reporting.skip(20)
    reporting.settle()
    assert [observation.count() for observation in observed] == counts


@versions("1.2")
def test_1_2_int_312_observe_with_attributes(reporting):
    observation = reporting.observe("/3/0/7?pmin=5&pmax=15")
    assert values(observation.answer) == VOLTAGES
    reporting.skip(15)
    assert values(observation.wait()) == VOLTAGES


@versions("1.2")
def test_1_2_int_313_observe_with_attributes_over_attached_ones(reporting):
    reporting.attach("/3/0/7", "pmax=60")
    observation = reporting.observe("/3/0/7?pmax=10")
    for number in (1, 2):
        reporting.skip(10)
        observation.wait(number)
