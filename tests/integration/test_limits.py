# SPDX-License-Identifier: Apache-2.0
"""Maxima on the wire (design.md 2): refused where they are exceeded, nothing changed, never a crash."""
import pytest

from harness import nosec, settings
from lwm2m_peer import (CBOR, GET, OPAQUE, PUT, SENML_CBOR, TEXT, TLV, Answer, Step, account, cbor_encode,
                        cbor_head, code, delete, discover, finish, read, security, tlv_decode, tlv_instance,
                        tlv_object, write)

KIB = 1024


def nested(depth):
    """A SenML pack whose only value lies in arrays, depth of them in all with the pack's own."""
    return cbor_head(4, 1) + cbor_head(5, 1) + cbor_head(0, 2) + cbor_head(4, 1) * depth + b"\0"


def run(daemon, bootstrap, server, steps, max_body_size="64KiB", block_size=1024):
    """Codes of steps after a good account, and what /1 is then; a new start of it must be accepted."""
    config = settings(bootstrap.uri)
    config["coap"].update(max_body_size=max_body_size, block_size=block_size)
    bootstrap.script = [*account(server.uri), *steps, read("/1", accept=TLV),
                        delete("/"), *account(server.uri), finish()]
    daemon.start(config)
    result = bootstrap.wait_run(timeout=30)
    assert result.codes[:2] == ["2.04"] * 2 and result.codes[-5:] == ["2.05", "2.02", *["2.04"] * 3]
    assert server.wait_registration().query["lt"] == "300"
    return result.codes[2:-5], tlv_decode(result.response(-5).payload)


def put(path, payload, cf=TLV, **keywords):
    return write(path, payload, cf, **keywords)


REFUSED = {
    "instances": put("/1", tlv_object({i: {0: 1} for i in range(100, 165)}), block_size=512),
    "instances-senml": put("/1", cbor_encode([{0: f"/1/{i}/0", 2: 1} for i in range(100, 165)]), SENML_CBOR,
                           block_size=512),
    "records": put("/1/0", tlv_instance({3: 1}) * 1025, block_size=1024),
    "records-senml": put("/1/0", cbor_encode([{0: "/1/0/3", 2: 1}] * 1025), SENML_CBOR, block_size=1024),
    "depth": put("/1/0", nested(9), SENML_CBOR),
    "announced-array": put("/1/0", cbor_head(4, 1 << 40), SENML_CBOR),
    "announced-string": put("/1/0/7", cbor_head(3, 1 << 40) + b"U", CBOR),
    "announced-tlv": put("/1/0", b"\xd8\x07\xff\xff\xffU", TLV),
}


@pytest.mark.parametrize("name", REFUSED)
def test_write_over_a_maximum_is_refused_and_changes_nothing(daemon, server, bootstrap, name):
    codes, servers = run(daemon, bootstrap, server, [REFUSED[name]])
    assert codes == ["4.00"]
    assert servers == {0: {0: b"\1", 1: b"\1\x2c", 6: b"\1", 7: b"U"}}


def test_bootstrap_server_account_leaves_room_for_the_rest(daemon, server, bootstrap):
    """And the rest for it: another one must always be able to take its place."""
    codes, _ = run(daemon, bootstrap, server, [
        put("/0/0", security(bootstrap.uri, bootstrap=True)),
        put("/0/0", {0: bootstrap.uri.encode(), 1: True, 2: 3, 16: dict.fromkeys(range(256), 0xc0a8)},
            block_size=1024), finish(),
        put("/0/0", security(bootstrap.uri, bootstrap=True))])
    assert codes == ["2.04", "2.04", "4.06", "2.04"]
    assert daemon.wait_log(
        "4.06: /0/0: the Bootstrap-Server Account is larger than 65536 bytes or 256 values")


def test_sixty_four_instances_fit(daemon, server, bootstrap):
    """Those without an account are dropped at Finish."""
    codes, servers = run(daemon, bootstrap, server, [
        put("/1", tlv_object({i: {0: 100 + i, 1: 60} for i in range(1, 64)}), block_size=512)])
    assert codes == ["2.04"] and sorted(servers) == list(range(64))


def test_value_over_64_kib(daemon, server, bootstrap):
    """4.13 of the block layer where it is over max_body_size, else 4.00 of the write."""
    steps = [put("/21/1/0", bytes(70 * KIB), OPAQUE, block_size=1024)]
    codes, _ = run(daemon, bootstrap, server, steps)
    assert codes == ["4.13"]


def test_value_over_64_kib_under_a_larger_max_body_size(daemon, server, bootstrap):
    steps = [put("/21/5/0", bytes(size), OPAQUE, block_size=1024) for size in (70 * KIB, 64 * KIB)]
    codes, _ = run(daemon, bootstrap, server, steps, "128KiB")
    assert codes == ["4.00", "2.04"]


def test_certificate_over_16_kib(daemon, server, bootstrap):
    """Of a certificate with its chain, a private key, a server's certificate (design.md 12)."""
    steps = [put(f"/0/5/{resource}", bytes(size), OPAQUE, block_size=1024)
             for resource in (3, 4, 5) for size in (16 * KIB, 16 * KIB + 1)]
    codes, _ = run(daemon, bootstrap, server, steps)
    assert codes == ["2.04", "4.00"] * 3


@pytest.mark.limit(90)
def test_store_over_1_mib(daemon, server, bootstrap):
    """Values of 64 KiB until the store is full; the bootstrap goes on."""
    steps = [put(f"/21/{i}/0", bytes(64 * KIB), OPAQUE, block_size=1024) for i in range(2, 20)]
    codes, _ = run(daemon, bootstrap, server, steps, "64KiB")
    full = codes.index("4.00")
    assert 14 <= full <= 16 and set(codes[:full]) == {"2.04"} and set(codes[full:]) == {"4.00"}


def test_third_block_transfer_takes_the_place_of_the_oldest(daemon, server, peers):
    """Two assemblies a session; the one that lost its place is incomplete, the others go on."""
    body = tlv_instance(security(server.uri, 1, r3=bytes(64)))

    def script(bs, result):
        def send(path, num):
            message = bs.block_message(result.session, PUT, path, TLV, body, num, 64)
            result.results.append((discover(), bs.exchange(result.session, message)))
        for path in ("/0/1", "/0/2", "/0/3"):
            send(path, 0)
        for path in ("/0/1", "/0/2", "/0/3"):
            send(path, 1)
        for step in (delete("/"), *account(server.uri), finish()):
            bs.step(result, step)
    bootstrap = peers.bootstrap(script)
    daemon.start(settings(bootstrap.uri))
    codes = bootstrap.wait_run().codes
    assert codes[:3] == ["2.31"] * 3 and codes[3] == "4.08" and "4.08" not in codes[4:6]
    assert codes[-1] == "2.04"


def test_diagnostic_text_is_cut(daemon, peers):
    """256 bytes of it are kept; control characters do not reach log or bus."""
    bootstrap = peers.bootstrap(answer=Answer(code("4.03"), b"no\nway\x1b[31m " + b"x" * 900))
    daemon.start(settings(bootstrap.uri, retry_count=0))
    daemon.wait_status("failure")
    _, sentence = daemon.get("LastError")
    assert "4.03" in sentence and sentence.isprintable() and sentence.count("x" * 200) == 1
    assert len(sentence) < 600


def test_longest_endpoint_name(daemon, server):
    """252 bytes of `ep`."""
    config = settings(servers=[{**nosec(server.uri), "short_server_id": 1}])
    config["endpoint"] = "e" * 252
    daemon.start(config)
    assert server.wait_registration().query["ep"] == "e" * 252


def test_garbage_formats_on_every_level(daemon, server, bootstrap):
    """Neither a write nor the session comes to harm."""
    steps = [Step(PUT, path, {"payload": payload, "cf": cf})
             for path in ("/1", "/1/0", "/1/0/1") for cf in (TEXT, CBOR, SENML_CBOR, TLV)
             for payload in (b"\xff" * 40, cbor_encode([{0: "/3/0/0", 3: "x"}]))]
    codes, servers = run(daemon, bootstrap, server, [*steps, Step(GET, "/1/0", {"accept": TEXT})])
    assert set(codes) <= {"4.00", "4.06", "4.15"}, list(zip(map(str, steps), codes))
    assert servers[0][1] == b"\1\x2c"
