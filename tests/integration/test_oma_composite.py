# SPDX-License-Identifier: Apache-2.0
"""OMA's cases of composite operations, step by step, in LwM2M 1.1 and later, which have them."""
import pytest

from daemon_clock import Clock
from lwm2m_peer import SENML_CBOR, SENML_JSON, TLV, decode, senml_cbor_decode, tlv_decode
from oma import C_3, DEVICE, LIFETIME, versions
from system_services import Timedated

SINCE_1_1 = versions("1.1", "1.2")
SECONDS = 1367491215
ACCOUNT = {"/1/0/0": 1, "/1/0/1": LIFETIME, "/1/0/2": 1, "/1/0/3": 10, "/1/0/5": LIFETIME, "/1/0/6": False,
           "/1/0/7": "U"}
formats = pytest.mark.parametrize("cf", [SENML_JSON, SENML_CBOR], ids=["senml-json", "senml-cbor"])


@pytest.fixture
def registration(bench):
    """Of a client in configuration C.3."""
    return bench.register(C_3)


@pytest.fixture
def server(registration, bench):
    """The LwM2M Server with which that client is registered."""
    return bench.server


def read(server, paths, cf):
    """{path: value} that a Read-Composite tells."""
    response = server.read_composite(paths, cf, accept=cf)
    assert (response.code_text, response.content_format) == ("2.05", cf)
    return decode("/", response.payload, cf, None)


@SINCE_1_1
@formats
def test_1_1_int_230_write_composite(server, registration, cf):
    assert server.write_composite({"/1/0/1": 61, "/1/0/6": True}, cf).code_text == "2.04"
    assert server.wait_update(registration).query == {"lt": "61"}
    values = tlv_decode(server.read("/1/0", accept=TLV).payload)
    assert (values[1], values[6]) == (b"\x3d", b"\1")


@SINCE_1_1
@formats
def test_1_1_int_257_write_composite(bench, bus, cf):
    """The clock, too, is set: as timedated, a stub here, is asked to. It knows no time of 0."""
    bench.config["device"]["set_time"] = "timedated"
    clock, timedated = Clock(bench.daemon), Timedated(bus)
    try:
        bench.register(C_3)
        written = {"/1/0/2": 101, "/1/0/6": True, "/3/0/13": SECONDS}
        assert bench.server.write_composite(written, cf).code_text == "2.04"
        assert timedated.asked() == [("SetTime", SECONDS * 1000000, False, False)]
        clock.set(SECONDS - int(clock.now()))
        found = clock.read_at(lambda: ((values := read(bench.server, list(written), cf)), values["/3/0/13"]),
                              SECONDS)
        assert found == written | {"/3/0/13": found["/3/0/13"]}
    finally:
        timedated.close()


@SINCE_1_1
@formats
def test_1_1_int_235_read_composite_of_the_root(server, cf):
    """All that can be read, and nothing of Security and OSCORE."""
    values = read(server, ["/"], cf)
    assert ACCOUNT.items() <= values.items()
    assert {f"/3/0/{number}": DEVICE[name] for number, name in enumerate(DEVICE)}.items() <= values.items()
    assert not {path.split("/")[1] for path in values} & {"0", "21", "23"}


@SINCE_1_1
@formats
def test_1_1_int_236_read_composite_with_paths_that_are_not_there(server, cf):
    values = read(server, ["/1/0/1", "/1/0/14", "/1/7", "/3/0/11/9", "/3/0/16", "/33000/0/1"], cf)
    assert values == {"/1/0/1": LIFETIME, "/3/0/16": "U"}


@SINCE_1_1
@formats
def test_1_1_int_280_read_composite_of_resources(server, cf):
    values = read(server, ["/3/0/16", "/3/0/11/0", "/1/0"], cf)
    assert {"/3/0/16": "U", "/3/0/11/0": 0, **ACCOUNT}.items() <= values.items()
    assert {path for path in values if not path.startswith("/1/0/")} == {"/3/0/16", "/3/0/11/0"}


@SINCE_1_1
@formats
def test_1_1_int_281_read_composite_with_an_executable_resource(server, cf):
    assert read(server, ["/1/0/1", "/1/0/8", "/3/0/4"], cf) == {"/1/0/1": LIFETIME}


# --- observing -----------------------------------------------------------------------------------------


PATHS = ["/1/0/1", "/3/0/11/0", "/3/0/16"]
ALL = {"/1/0/1": LIFETIME, "/3/0/11/0": 0, "/3/0/16": "U"}


class Composed:
    """A client in configuration C.1, which has no default periods, registered, whose time is skipped."""

    def __init__(self, bench):
        self.daemon, self.server = bench.daemon, bench.server
        self.clock = Clock(bench.daemon)
        bench.register()

    def attach(self, path, query):
        assert self.server.write_attributes(path, query).code_text == "2.04"

    def settle(self):
        """Whatever the daemon had to send has come when a Read is answered."""
        assert self.server.read("/3/0/16").code_text == "2.05"


@pytest.fixture
def composed(bench):
    return Composed(bench)


@pytest.fixture
def composite(composed):
    composed.attach("/1/0/1", "pmin=30&pmax=45")
    observation = composed.server.observe_composite(PATHS)
    assert observation.exists and senml_cbor_decode(observation.answer.payload) == ALL
    return observation


@SINCE_1_1
def test_1_1_int_304_observe_composite(composed, composite):
    composed.clock.sleep(29)
    composed.settle()
    assert composite.count() == 0
    composed.clock.sleep(16)
    assert senml_cbor_decode(composite.wait().payload) == ALL


@SINCE_1_1
def test_1_1_int_305_cancel_observation_composite(composed, composite):
    response = composite.cancel()
    assert response.code_text == "2.05" and senml_cbor_decode(response.payload) == ALL
    composed.daemon.wait_server(1, "Observations", 0)
    composed.clock.sleep(45)
    composed.settle()
    assert composite.count() == 0


@SINCE_1_1
def test_1_1_int_310_observe_composite_and_attributes(composed):
    """Attributes that are attached to an Object above: a notification every 5 s."""
    observation = composed.server.observe_composite(["/3/0/11/0", "/3/0/16"])
    composed.attach("/3", "pmax=5")
    for number in range(1, 4):
        composed.clock.sleep(5)
        observation.wait(number)
    composed.settle()
    assert observation.count() == 3
