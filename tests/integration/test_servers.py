# SPDX-License-Identifier: Apache-2.0
"""Four LwM2M Servers, of which one is dead, one slow and one says no (Core TS 6.2; facts 3.6)."""
import pytest

from harness import HASTY_COAP, HASTY_TRANSMIT_WAIT, factory_server, psk, settings
from lwm2m_peer import CREATED, POST, SILENCE, Answer, account, code, finish

ALIVE, DEAD, SLOW, REFUSES = 1, 2, 3, 4
SLOWNESS = 0.8      # less than HASTY_TRANSMIT_WAIT
PROMPT = 0.7        # seconds in which whatever no other server delays is done, on a machine that is busy
RETRY = {"retry_count": 3, "retry_timer": "1s", "sequence_retry_count": 1}


class Four:
    """Peers by their Short Server ID."""

    def __init__(self, peers):
        self.alive, self.dead = peers.server(), peers.black_hole()
        self.slow = peers.server(answers=[Answer(CREATED, delay=SLOWNESS)])
        self.refuses = peers.server(answer=code("4.03"))
        self.by_id = {ALIVE: self.alive, DEAD: self.dead, SLOW: self.slow, REFUSES: self.refuses}

    def first_register(self, ssid):
        """When the first one came, whoever it was for."""
        if ssid == DEAD:
            return self.dead.wait_for(lambda message: message.path == "/rd").time
        return self.by_id[ssid].wait_request(POST, "/rd").time

    def factory(self, **keys):
        return [factory_server(peer.uri, ssid, retry=dict(RETRY), **keys)
                for ssid, peer in self.by_id.items()]


@pytest.fixture
def four(peers):
    return Four(peers)


def test_each_registers_by_itself(daemon, four):
    """The live one is registered and served at once, whatever becomes of the others."""
    daemon.start(settings(servers=four.factory(), coap=HASTY_COAP))
    begun = min(four.first_register(ssid) for ssid in four.by_id)
    assert four.alive.wait_registration().time - begun < PROMPT
    assert max(four.first_register(ssid) for ssid in four.by_id) - begun < PROMPT
    assert four.alive.read("/1/0/1").code_text == "2.05"
    assert four.slow.wait_registration().time - begun >= SLOWNESS
    assert four.slow.read("/1/2/1").code_text == "2.05"
    daemon.wait_server(DEAD, "State", "retry-wait")
    assert daemon.get_server(REFUSES, "State") == "failed"
    assert (daemon.status, daemon.get("SubStatus")) == ("registered", "partial")
    daemon.wait_server(DEAD, "State", "failed")
    assert daemon.get_server(DEAD, "LastError")[0] == "Timeout"
    assert daemon.get_server(REFUSES, "LastError")[0] == "RegistrationRejected"
    assert len(four.alive.registrations) == len(four.slow.registrations) == 1


def test_in_the_order_of_their_priorities(daemon, peers, four):
    """Each begins when the one before is registered, or has failed without Failure Block."""
    order = [SLOW, DEAD, REFUSES, ALIVE]
    script = []
    for number, ssid in enumerate(order):
        script += account(four.by_id[ssid].uri, ssid, 10 + ssid, ssid, r13=number, r17=2, r18=1, r20=1)
    bootstrap = peers.bootstrap([*script, finish()])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP))
    times = [four.first_register(ssid) for ssid in order]
    assert times == sorted(times)
    registered = four.slow.wait_registration().time     # as it was told: the next one comes behind that
    assert times[1] >= registered
    assert times[2] - registered >= 2 * HASTY_TRANSMIT_WAIT + 1     # two attempts, the delay between them
    assert four.alive.wait_registration().time - times[2] < 2 * PROMPT
    assert len(bootstrap.first_transmissions()) == 1


def test_equal_priorities_and_none(daemon, peers, four):
    """Who has no priority waits for nobody, those with the same one go one after the other."""
    script = [*account(four.dead.uri, DEAD, 12, 2, r13=5, r15=True, r17=1, r20=1, r16=False),
              *account(four.slow.uri, SLOW, 13, 3, r13=5, r16=False),
              *account(four.alive.uri, ALIVE, 11, 1, r16=False)]
    daemon.start(settings(peers.bootstrap([*script, finish()]).uri, coap=HASTY_COAP))
    assert four.alive.wait_registration().time - four.first_register(DEAD) < PROMPT
    daemon.wait_server(DEAD, "State", "failed")
    assert daemon.get_server(SLOW, "State") == "idle"      # blocked: /1/x/15 of the dead one
    assert not four.slow.requests(POST, "/rd") and daemon.status == "registered"


def test_one_that_dies_later_takes_nobody_along(daemon, peers):
    """Its Update, and a Send to it, meet silence; the others go on."""
    servers = [peers.server() for _ in range(4)]
    config = settings(servers=[factory_server(each.uri, number, retry=dict(RETRY))
                               for number, each in enumerate(servers, 1)])
    daemon.start(config)
    registrations = [each.wait_registration() for each in servers]
    for number in range(1, 5):
        daemon.wait_server(number, "State", "registered")
    dying, others = servers[0], servers[1:]
    dying.update_answers.extend([SILENCE] * 4)
    daemon.call_server(1, "Update")
    daemon.wait_server(1, "State", "updating")
    for number, each in enumerate(others, 2):
        assert each.write(f"/1/{number - 1}/1", b"200").code_text == "2.04"
        assert each.wait_update(registrations[number - 1], timeout=PROMPT).query == {"lt": "200"}
    assert daemon.get_server(1, "State") == "updating"
    assert (daemon.status, daemon.get("SubStatus")) == ("registered", "updating")
    dying.answer = SILENCE
    daemon.wait_server(1, "State", "retry-wait")
    assert all(len(each.registrations) == 1 for each in others)
    dying.answer = CREATED
    dying.wait_registration(2)


def test_dead_handshake_and_dead_name(daemon, peers):
    """Neither a peer that is no DTLS server nor a name that is nobody's delays the others."""
    alive, hole = peers.server(), peers.black_hole()
    secured = factory_server("coaps://x", 2, retry=dict(RETRY))
    secured.update(psk(f"coaps://127.0.0.1:{hole.port}", "identity", "00" * 16))
    named = factory_server("coap://nowhere.invalid", 3, retry=dict(RETRY))
    daemon.start(settings(servers=[secured, named, factory_server(alive.uri, 4)], coap=HASTY_COAP))
    begun = hole.wait(lambda: hole.records and hole.records[0].time, 5)
    assert alive.wait_registration().time - begun < PROMPT
    assert alive.read("/1/2/1").code_text == "2.05"
    daemon.wait_server(2, "State", "failed")
    daemon.wait_server(3, "State", "failed")
    assert len(alive.registrations) == 1
