# SPDX-License-Identifier: Apache-2.0
"""Send: on D-Bus and by lwm2mctl, as LwM2M Servers see it (Core TS 6.4.6; OMA's cases 306, 307 and 311)."""
import json
import re
import subprocess
import threading
import time

import pytest
from jeepney.wrappers import DBusErrorResponse

import oma
from daemon_clock import Clock
from harness import COAP, CTL, HASTY_COAP, MANAGER, NAME, factory_server, settings, versioned
from lwm2m_peer import (BLOCK1, CHANGED, LWM2M_CBOR, SENML_CBOR, SENML_JSON, SILENCE, URI_PATH, URI_QUERY,
                        Answer, Type, cbor_decode, code, finish, lwm2m_cbor_decode, security,
                        senml_cbor_decode, senml_json_decode, server_object, write)

ERROR = "org.lwm2m.Client1.Error."
INVALID, LIMITS = ("org.freedesktop.DBus.Error." + each for each in ("InvalidArgs", "LimitsExceeded"))
FORMATS = {"senml-cbor": (SENML_CBOR, senml_cbor_decode), "senml-json": (SENML_JSON, senml_json_decode),
           "lwm2m-cbor": (LWM2M_CBOR, lwm2m_cbor_decode)}
QUEUE_MODE = {"queue_mode": {"enabled": True, "timeout": "1s"}}
DEVICE = {"manufacturer": "Example", "model_number": "Gateway", "serial_number": "0815"}


def send(daemon, *paths, ssid=1, timeout=10.0, **options):
    """Returns when the server has accepted it."""
    variants = {name: ("s", value) for name, value in options.items()}
    return daemon.call("Send", "asa{sv}", (list(paths), variants), f"{MANAGER}/server/{ssid}",
                       NAME + ".Server", timeout)


def error_of(daemon, *paths, **keywords):
    """(name, sentence) of the error of a Send."""
    with pytest.raises(DBusErrorResponse) as caught:
        send(daemon, *paths, **keywords)
    return caught.value.name, caught.value.data[0]


def muted(value):
    return {23: value}


def bootstrapped(daemon, peers, server, mute=False, version="1.1", config=None):
    """Registered by a bootstrap that lets Sends through."""
    bootstrap = peers.bootstrap([write("/0/1", security(server.uri, 1)),
                                 write("/1/0", server_object(1) | muted(mute)), finish()])
    daemon.start(versioned(settings(bootstrap.uri, coap=HASTY_COAP) | {"device": DEVICE} | (config or {}),
                           version))
    daemon.wait_status("registered")
    return server.wait_registration()


@pytest.fixture
def open_server(daemon, peers, server):
    """A registered server that takes Sends."""
    bootstrapped(daemon, peers, server)
    return server


def sent(message):
    """{path: value} of a Send."""
    return next(decode(message.payload) for cf, decode in FORMATS.values() if cf == message.content_format)


def moment(message):
    """Seconds since 1970 of a Send's values, None where it says nothing of it; LwM2M CBOR has no times."""
    if message.content_format == LWM2M_CBOR:
        return None
    json_records = message.content_format == SENML_JSON
    records = json.loads(message.payload) if json_records else cbor_decode(message.payload)
    base_time, times = ("bt", "t") if json_records else (-3, 6)
    assert not any(times in record for record in records) and not any(base_time in r for r in records[1:])
    return records[0].get(base_time)


def wall_clock(monotonic):
    return monotonic - time.monotonic() + time.time()


@oma.versions("1.1", "1.2")
def test_1_1_int_306_send(bench):
    bench.register(muted(False))
    for name, (cf, _) in FORMATS.items():
        if name != "lwm2m-cbor" or bench.version == "1.2":
            begun = time.time()
            send(bench.daemon, "/3/0/0", "/1/0/1", format=name)
            message = bench.server.sends[-1]
            assert (message.content_format, message.queries) == (cf, [])
            assert sent(message) == {"/1/0/1": oma.LIFETIME, "/3/0/0": "Example"}
            assert name == "lwm2m-cbor" or begun <= moment(message) <= time.time()


@oma.versions("1.1", "1.2")
def test_1_1_int_307_muting_send(bench):
    bench.register(muted(True))
    assert error_of(bench.daemon, "/3/0")[0] == ERROR + "SendMuted"
    assert bench.server.write("/1/0/23", b"0").code_text == "2.04"
    send(bench.daemon, "/3/0")
    assert bench.server.write("/1/0/23", b"1").code_text == "2.04"
    assert error_of(bench.daemon, "/3/0")[0] == ERROR + "SendMuted"
    assert len(bench.server.sends) == 1


@oma.versions("1.1", "1.2")
def test_1_1_int_311_send_of_several_objects(bench):
    bench.register(muted(False))
    send(bench.daemon, "/1/0/1", "/3/0/11/0")
    assert sent(bench.server.sends[0]) == {"/1/0/1": oma.LIFETIME, "/3/0/11/0": 0}


def test_without_mute_send_there_is_none(daemon, server):
    daemon.start(settings(servers=[factory_server(server.uri)]))
    server.wait_registration()
    daemon.wait_status("registered")
    name, sentence = error_of(daemon, "/3/0")
    assert name == ERROR + "SendMuted" and "/1/x/23" in sentence
    daemon.wait_event("METHOD_REFUSED", "A Send to LwM2M Server 1 is refused: " + re.escape(sentence),
                      short_server_id=1)


def test_1_0_has_no_send(daemon, server):
    daemon.start(versioned(settings(servers=[factory_server(server.uri)]), "1.0"))
    server.wait_registration()
    daemon.wait_status("registered")
    assert error_of(daemon, "/3/0")[0] == "org.freedesktop.DBus.Error.NotSupported"


def test_every_level_of_a_path(daemon, open_server):
    send(daemon, "/3/0/1")
    assert sent(open_server.sends[-1]) == {"/3/0/1": "Gateway"}
    send(daemon, "/3/0/11")
    assert sent(open_server.sends[-1]) == {"/3/0/11/0": 0}
    for path in ("/3", "/3/0"):
        send(daemon, path)
        assert {"/3/0/0": "Example", "/3/0/2": "0815"}.items() <= sent(open_server.sends[-1]).items()
    send(daemon, "/3/0/0", "/3/0", "/3/0/0", "/1/0/1")
    found = sent(open_server.sends[-1])
    assert list(found)[0] == "/1/0/1" and found["/3/0/0"] == "Example"


def test_what_is_not_for_it_is_left_out(daemon, open_server):
    send(daemon, "/0", "/21/0", "/1/0/8", "/3/0/99", "/3/7", "/9999", "/3/0/0")
    assert sent(open_server.sends[-1]) == {"/3/0/0": "Example"}
    for nothing in (["/0"], ["/0/1/0"], ["/1/0/8"], ["/3/0/99"], ["/9999/0", "/21"]):
        assert error_of(daemon, *nothing)[0] == INVALID
    assert len(open_server.sends) == 1


@pytest.mark.parametrize("paths, options", [
    ([], {}), (["/"], {}), (["3/0"], {}), (["/3/0/"], {}), (["/3/0/1/2/3"], {}), (["/65535"], {}),
    (["/3/0"], {"format": "tlv"}), (["/3/0"], {"format": "lwm2m-cbor"}), (["/3/0"], {"confirm": "no"}),
])
def test_wrong_arguments(daemon, open_server, paths, options):
    assert error_of(daemon, *paths, **options)[0] == INVALID
    assert not open_server.sends


def test_128_paths_are_the_most(daemon, open_server):
    send(daemon, *[f"/3/0/{number}" for number in range(128)])
    assert sent(open_server.sends[0])["/3/0/0"] == "Example"
    assert error_of(daemon, *[f"/3/0/{number}" for number in range(129)])[0] == LIMITS


def test_only_what_the_server_may_read(daemon, peers, server):
    """Access Control: each server what is its own, and what it has a right for."""
    other = peers.server()
    bootstrap = peers.bootstrap([
        write("/0/1", security(server.uri, 1)), write("/0/2", security(other.uri, 2)),
        write("/1/0", server_object(1) | muted(False)), write("/1/1", server_object(2) | muted(False)),
        write("/2/0", {0: 1, 1: 0, 3: 1}), write("/2/1", {0: 1, 1: 1, 3: 2}),
        write("/2/2", {0: 3, 1: 0, 2: {2: 1}, 3: 1}), finish()])
    daemon.start(settings(bootstrap.uri) | {"device": DEVICE})
    server.wait_registration(), other.wait_registration()
    daemon.wait_server(2, "State", "registered"), daemon.wait_server(1, "State", "registered")
    send(daemon, "/1", "/3/0/0", ssid=1)
    assert {path for path in sent(server.sends[0]) if path.startswith("/1/1")} == set()
    assert sent(server.sends[0])["/3/0/0"] == "Example"
    send(daemon, "/1/0/1", "/1/1/1", "/3/0/0", ssid=2)
    assert sent(other.sends[0]) == {"/1/1/1": 300, "/3/0/0": "Example"}
    assert error_of(daemon, "/1/0", ssid=2)[0] == INVALID


def test_behind_path_and_query_of_the_uri(daemon, peers):
    server = peers.server(prefix="/tenant/a")
    uri = f"coap://localhost:{server.port}/tenant/a?aid=7"
    bootstrap = peers.bootstrap([write("/0/1", security(uri, 1)),
                                 write("/1/0", server_object(1) | muted(False)), finish()])
    daemon.start(settings(bootstrap.uri) | {"device": DEVICE})
    daemon.wait_status("registered")
    send(daemon, "/3/0/0")
    message = server.sends[0]
    assert [each.decode() for each in message.all(URI_PATH)] == ["tenant", "a", "dp"]
    assert [each.decode() for each in message.all(URI_QUERY)] == ["aid=7"]


def test_in_blocks(daemon, peers, server):
    bootstrapped(daemon, peers, server, config={"coap": {**COAP, "block_size": 64}})
    send(daemon, "/3/0", "/1/0")
    assert server.sends[0].block(BLOCK1).num > 0
    assert sent(server.sends[0])["/3/0/0"] == "Example" and sent(server.sends[0])["/1/0/1"] == 300


def test_refusal_has_code_and_text(daemon, open_server):
    open_server.send_answers.append(Answer(code("4.04"), payload=b"no such registration"))
    name, sentence = error_of(daemon, "/3/0/0")
    assert name == ERROR + "Rejected" and "4.04" in sentence and "no such registration" in sentence
    assert open_server.uri in sentence
    daemon.wait_event("SEND_FAILED", re.escape(sentence))
    send(daemon, "/3/0/0")


def test_silence_is_told_and_looked_into(daemon, open_server):
    """An Update finds out whether the registration still stands."""
    registration = open_server.registrations[0]
    open_server.send_answers.append(SILENCE)
    name, sentence = error_of(daemon, "/3/0/0")
    assert name == ERROR + "NotAnswered"
    daemon.wait_log(re.escape(sentence))
    open_server.wait_update(registration)
    send(daemon, "/3/0/0")
    assert len(open_server.registrations) == 1


def test_not_registered(daemon, peers, open_server):
    daemon.call_server(1, "Disable", "u", (60,))
    daemon.wait_status("suspended")
    assert error_of(daemon, "/3/0/0")[0] == ERROR + "NotRegistered"
    assert error_of(daemon, "/3/0/0", ssid=7)[0] == "org.freedesktop.DBus.Error.UnknownObject"


class Sending(threading.Thread):
    """A Send by a caller of its own; `outcome` is None or the error's name."""

    def __init__(self, daemon, *paths):
        super().__init__(daemon=True)
        self.words = [CTL, f"--address={daemon.bus.address}", "send", "1", *paths]
        self.process = subprocess.Popen(self.words, stderr=subprocess.PIPE, text=True)
        self.start()

    def run(self):
        self.outcome = self.process.communicate()[1]


def test_registration_that_ends_meanwhile(daemon, peers, server):
    bootstrapped(daemon, peers, server, config={"coap": {**COAP, "max_retransmit": 4}})
    server.send_answers.extend([SILENCE] * 5)
    sending = Sending(daemon, "/3/0/0")
    server.wait(lambda: server.sends, 10, "Send")
    daemon.call("Restart")
    sending.join(10)
    assert sending.process.returncode == 1 and "has ended" in sending.outcome
    server.wait_registration(2)


def test_eight_wait_and_no_more(daemon, peers, server):
    bootstrapped(daemon, peers, server, config={"coap": {**COAP, "max_retransmit": 4}})
    server.send_answers.extend([SILENCE] * 5)
    waiting = [Sending(daemon, "/3/0/0") for _ in range(8)]
    daemon.wait_log("A Send to LwM2M Server 1 is asked for", number=8)
    assert error_of(daemon, "/3/0/0")[0] == LIMITS
    for each in waiting[1:]:
        each.process.terminate()    # who has asked is gone: the Sends are still on their way
    daemon.call("Restart")
    waiting[0].join(10)
    assert waiting[0].process.returncode == 1
    daemon.wait_status("registered", number=2)
    server.send_answers.clear()
    send(daemon, "/3/0/0")


def test_one_after_the_other(daemon, open_server):
    sending = [Sending(daemon, f"/3/0/{number}") for number in (0, 1, 2)]
    for each in sending:
        each.join(10)
        assert each.process.returncode == 0, each.outcome
    assert {tuple(sent(message)) for message in open_server.sends} == {
        ("/3/0/0",), ("/3/0/1",), ("/3/0/2",)}


def test_values_and_time_of_when_it_was_asked_for(daemon, open_server):
    """However long it waits behind another one."""
    open_server.send_answers.append(Answer(CHANGED, separate=Type.NON, delay=1))
    first = Sending(daemon, "/3/0/0")
    open_server.wait(lambda: open_server.sends, 10, "Send")
    second = Sending(daemon, "/1/0/1")
    daemon.wait_log("A Send to LwM2M Server 1 is asked for", number=2)
    assert open_server.write("/1/0/1", b"500").code_text == "2.04"
    changed_at = time.time()
    first.join(10), second.join(10)
    message = open_server.sends[1]
    assert sent(message) == {"/1/0/1": 300} and moment(message) <= changed_at


def test_clock_that_was_never_set_gives_no_time(daemon, peers, server):
    """What stands below 2^28 s is relative to now for a server (RFC 8428, 4.5.3)."""
    clock = Clock(daemon, 1000 - int(time.time()))
    bootstrapped(daemon, peers, server)
    for name in ("senml-cbor", "senml-json"):
        send(daemon, "/3/0/0", format=name)
        assert sent(server.sends[-1]) == {"/3/0/0": "Example"} and moment(server.sends[-1]) is None

    def again():
        send(daemon, "/3/0/0")
        return None, moment(server.sends[-1]) or 0

    now = time.time()
    clock.set(0)
    Clock.read_at(again, now)


def test_server_that_sleeps_is_woken_up(daemon, peers, server):
    registration = bootstrapped(daemon, peers, server, config=QUEUE_MODE)
    daemon.wait_status("queue-mode")
    send(daemon, "/3/0/0")
    posts = [record.message.path for record in server.received(lambda message: message.is_request)]
    assert posts[-2:] == ["/" + "/".join(registration.location), "/dp"]
    daemon.wait_status("queue-mode", number=2)


def test_late_answer_keeps_it_awake(daemon, peers, server):
    """It has fallen asleep meanwhile: an answer is a message like any other."""
    bootstrapped(daemon, peers, server, config=QUEUE_MODE | {"coap": COAP})
    server.send_answers.append(Answer(CHANGED, separate=Type.NON, delay=1.6))
    send(daemon, "/3/0/0")
    daemon.wait_status("queue-mode", number=2)
    words = [change[1] for change in daemon.changes if change[1] in ("registered", "queue-mode")]
    assert words == ["registered", "queue-mode", "registered", "queue-mode"]


def test_server_that_has_forgotten_the_sleeper(daemon, peers, server):
    """The Update meets silence, Register follows, and then the Send."""
    bootstrapped(daemon, peers, server, config=QUEUE_MODE)
    daemon.wait_status("queue-mode")
    server.update_answers.append(SILENCE)
    send(daemon, "/3/0/0")
    assert len(server.registrations) == 2 and len(server.sends) == 1
    update = server.received(lambda message: message.path.startswith("/rd/"))[0]
    assert moment(server.sends[0]) <= wall_clock(update.time) + 0.1    # not of when it left


# --- lwm2mctl ----------------------------------------------------------------------------------------------


def ctl(daemon, *words):
    return subprocess.run([CTL, f"--address={daemon.bus.address}", *words], capture_output=True, text=True,
                          timeout=30, check=False, stdin=subprocess.DEVNULL)


def test_lwm2mctl_send(daemon, open_server):
    done = ctl(daemon, "send", "1", "/3/0/0", "/1/0/1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sent(open_server.sends[0]) == {"/1/0/1": 300, "/3/0/0": "Example"}
    done = ctl(daemon, "--json=short", "send", "1", "/3/0/0", "--format=senml-json")
    assert json.loads(done.stdout) == {"ShortServerID": 1, "Paths": ["/3/0/0"], "Format": "senml-json"}
    assert open_server.sends[1].content_format == SENML_JSON


def test_lwm2mctl_send_that_is_refused(daemon, open_server):
    open_server.send_answers.append(Answer(code("4.00"), payload=b"too late"))
    done = ctl(daemon, "send", "1", "/3/0/0")
    assert done.returncode == 1 and "4.00" in done.stderr and "too late" in done.stderr
    assert ctl(daemon, "send", "7", "/3/0/0").returncode == 1
    assert ctl(daemon, "send", "1", "/9999").returncode == 1


@pytest.mark.parametrize("words", [
    ["send"], ["send", "1"], ["send", "x", "/3"], ["send", "1", "3/0"], ["send", "1", "/"],
    ["send", "1", "/3", "--format=tlv"], ["send", "1", "/3", "--wait"], ["status", "--format=senml-json"],
])
def test_lwm2mctl_send_with_wrong_words(bus, words):
    done = subprocess.run([CTL, f"--address={bus.address}", *words], capture_output=True, text=True,
                          timeout=30, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and done.stderr and not done.stdout
