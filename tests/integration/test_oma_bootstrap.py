# SPDX-License-Identifier: Apache-2.0
"""OMA's cases of the Bootstrap interface, step by step, in each version to which they apply.

They begin with configuration C.13: a Bootstrap-Server Account in /0/1 with a pre-shared key, no account of
an LwM2M Server. Bootstrap-Read and /1/x/9 do not exist in LwM2M 1.0.
"""
from daemon_clock import Clock
from harness import ENDPOINT
from lwm2m_peer import (ACCEPT, POST, SENML_CBOR, TEXT, TLV, closed_port, code, delete, discover, finish,
                        pack, read, senml_cbor_decode, tlv_decode, write)
from oma import LIFETIME, SERVER_PSK, needs_discover, versions

ACCOUNTS = ["</0/0>;ssid=1", "</0/1>", "</1/0>;ssid=1", "</3/0>"]


@needs_discover
@versions()
def test_1_1_int_0_client_initiated_bootstrap(bench):
    """Writes on the level of the Object, Discover, Finish."""
    result = bench.run([*bench.objects(), discover("/"), finish()])
    bench.assert_bootstrap_request()
    assert result.codes == ["2.04", "2.04", "2.05", "2.04"]
    assert bench.links(result.response(2), "0", "1", "3") == ACCOUNTS


@needs_discover
@versions()
def test_1_1_int_1_bootstrap_with_psk_and_registration(bench):
    """As 1.1-int-0, then as 1.1-int-401."""
    result = bench.run([*bench.objects(), discover("/"), finish()])
    bench.assert_bootstrap_request()
    assert result.codes == ["2.04", "2.04", "2.05", "2.04"]
    assert bench.links(result.response(2), "0", "1", "3") == ACCOUNTS
    bench.assert_registered()


@needs_discover
@versions()
def test_1_1_int_2_bootstrap_with_certificates_and_registration(certified_bench):
    """As 1.1-int-0, both accounts with /0/x/3, 4 and 5 in mode 2, then as 1.1-int-402."""
    bench = certified_bench
    result = bench.run([*bench.objects(), discover("/"), finish()])
    bench.assert_bootstrap_request()
    assert result.codes == ["2.04", "2.04", "2.05", "2.04"]
    assert bench.links(result.response(2), "0", "1", "3") == ACCOUNTS
    bench.assert_registered()
    for front, device in (bench.outer, "bootstrap_device"), (bench.front, "device"):
        assert front.wait_event("connected")[1][-1] == f"CN={device}"


@needs_discover
@versions("1.1", "1.2")
def test_1_1_int_4_bootstrap_delete(bench):
    result = bench.run([
        *bench.objects(), discover("/"), read("/1", accept=TLV), delete("/0"), delete("/1"),
        discover("/"), read("/1", accept=TLV), *bench.objects(), finish()])
    assert result.codes == ["2.04", "2.04", "2.05", "2.05", "2.02", "2.02", "2.05", "2.05",
                            "2.04", "2.04", "2.04"]
    assert bench.links(result.response(2), "0", "1", "3") == ACCOUNTS
    assert list(tlv_decode(result.response(3).payload)) == [0]
    assert bench.links(result.response(6), "0", "1", "3") == ["</0/1>", "</1>", "</3/0>"]
    assert result.response(7).payload == b""
    bench.assert_registered()


@versions("1.1", "1.2")
def test_1_1_int_5_server_initiated_bootstrap(bench):
    """Execute of /1/x/9 is answered 2.04 before the Bootstrap-Request; a whole bootstrap follows."""
    bench.register()
    assert bench.server.execute("/1/0/9").code_text == "2.04"
    assert bench.bootstrap.wait_run(2).codes == ["2.04", "2.04", "2.04"]
    bench.assert_bootstrap_request(2)
    bench.server.wait_registration(2)


@versions()
def test_1_1_int_6_factory_bootstrap_comes_first(bench):
    """The account of the factory is registered with; the Bootstrap Server is not asked."""
    bench.factory(bench.uri)
    bench.daemon.start(bench.config)
    bench.daemon.wait_changes([("initial", "registering", ""), ("registering", "registered", "")])
    bench.assert_registered()
    assert not bench.bootstrap.records


@versions()
def test_1_1_int_6_client_initiated_bootstrap_comes_after_a_failed_registration(bench):
    refusing = bench.peers.server(answer=code("4.03"))
    bench.factory(SERVER_PSK.terminator(bench.peers, refusing.port)[1], 9)
    bench.run([delete("/1"), *bench.objects(), finish()])
    bench.assert_registered()
    registers, requests = refusing.requests(POST, "/rd"), bench.bootstrap.first_transmissions()
    assert len(registers) == len(requests) == 1 and registers[0].time < requests[0].time


@versions("1.1", "1.2")
def test_1_1_int_6_server_initiated_bootstrap_needs_the_account(bench):
    """2.04 and a Bootstrap-Request while the account is kept; once it is purged, neither."""
    bench.config["bootstrap"]["server"]["bootstrap_server_account_timeout"] = "1s"
    bench.register()
    assert bench.server.execute("/1/0/9").code_text == "2.04"
    bench.bootstrap.wait_run(2)
    bench.server.wait_registration(2)
    bench.daemon.wait_property("BootstrapServerURI", "")
    assert bench.server.execute("/1/0/9").code_text == "4.05"
    assert len(bench.bootstrap.first_transmissions()) == 2 and bench.daemon.status == "registered"


@versions()
def test_1_1_int_7_fallback_when_the_provisioned_server_does_not_exist(bench):
    """The account that leads nowhere came by a bootstrap; after its five attempts another one comes."""
    clock = Clock(bench.daemon)
    nowhere = [write("/0", {0: bench.security(f"coaps://127.0.0.1:{closed_port()}")}),
               write("/1", {0: bench.server_object()}), finish()]
    scripts = [nowhere, [*bench.objects(), finish()]]
    bench.bootstrap.script = lambda server, run: [server.step(run, step) for step in scripts.pop(0)]
    bench.daemon.start(bench.config)
    for attempt, delay in enumerate((60, 120, 240, 480), 1):
        bench.daemon.wait_event("ATTEMPT_FAILED", "Refused", number=attempt)
        bench.daemon.wait_property("SubStatus", "retry-wait")
        clock.sleep(delay)
    assert bench.bootstrap.wait_run(2).codes == ["2.04", "2.04", "2.04"]
    bench.assert_registered()
    assert [change[1] for change in bench.daemon.changes] == [
        "bootstrapping", "bootstrapped", "registering", "bootstrapping", "bootstrapped", "registering",
        "registered"]
    assert bench.daemon.changes[3][2] == "Refused"


@versions("1.1", "1.2")
def test_1_1_int_8_bootstrap_read(bench):
    """Both Objects that a Bootstrap Server may read, one just written."""
    result = bench.run([
        *bench.objects(), write("/2/0", {0: 3, 1: 0, 2: {0: 31}, 3: 65535}), read("/1"), read("/2"),
        finish()])
    assert result.codes == ["2.04", "2.04", "2.04", "2.05", "2.05", "2.04"]
    values = senml_cbor_decode(result.response(3).payload)
    assert values["/1/0/0"] == 1 and values["/1/0/1"] == LIFETIME
    assert senml_cbor_decode(result.response(4).payload) == {
        "/2/0/0": 3, "/2/0/1": 0, "/2/0/2/0": 31, "/2/0/3": 65535}
    bench.assert_registered()


@versions()
def test_1_1_int_9_bootstrap_and_configuration_consistency(bench):
    """A Server instance of one Resource is taken and found wanting at Finish."""
    result = bench.run([write("/1/0/5", b"86400", TEXT), finish()])
    assert result.codes == ["2.04", "4.06"]
    assert "/1/0/" in result.response(1).text and "\n" not in result.response(1).text

@versions("1.2")
def test_1_2_int_12_bootstrap_pack(bench):
    """GET /bspack names the instances of our account; the pack is in force, and no POST /bs follows."""
    bench.bootstrap.pack = pack({"/0/0": bench.security(), "/1/0": bench.server_object()})
    bench.daemon.start(bench.config)
    bench.assert_registered()
    request, = (record.message for record in bench.bootstrap.pack_requests())
    assert request.query == {"ep": ENDPOINT, "acc": "</0/1>"} and not request.payload
    assert request.uint(ACCEPT) == SENML_CBOR
    bench.outer.wait_event("connected")
    assert not bench.bootstrap.bootstrap_requests()
