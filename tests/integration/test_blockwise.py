# SPDX-License-Identifier: Apache-2.0
"""Block-wise transfer both ways, in every size (RFC 7959; design.md 4.9)."""
import pytest

from harness import OWN_OBJECTS, factory_server, settings
from lwm2m_peer import (BLOCK1, BLOCK2, GET, POST, PUT, SENML_CBOR, SIZE1, TLV, Block, account, code,
                        discover, finish, security, senml_cbor_decode, server_object, tlv_decode,
                        tlv_instance, write)

SIZES = [16, 32, 64, 128, 256, 512, 1024]
SERVERS = 4     # an object list of 41 bytes


def sized(config, block_size):
    config["coap"]["block_size"] = block_size
    return config


def start(daemon, server, block_size, number=1):
    entries = [factory_server(server.uri, i + 1) for i in range(number)]
    daemon.start(sized(settings(servers=entries), block_size))
    registration = server.wait_registration()
    server.wait(lambda: len(server.registrations) == number, 10, "all registrations")
    return registration


@pytest.mark.parametrize("size", SIZES)
def test_object_list_in_blocks_of_block_size(daemon, server, size):
    registration = start(daemon, server, size, SERVERS)
    assert registration.objects == [f"</1/{i}>" for i in range(SERVERS)] + ["</2>", *OWN_OBJECTS]
    requests = [r.message for r in server.requests(POST, "/rd")]
    first = requests[0]
    if size >= 64:
        assert first.block(BLOCK1) is None and len(requests) == SERVERS
    else:
        assert first.block(BLOCK1) == Block(0, True, size) and len(first.payload) == size
        assert all(m.block(BLOCK1).size == size for m in requests)
    assert all(m.first(SIZE1) is None for m in requests)


@pytest.mark.parametrize("size", SIZES)
def test_answer_in_blocks_of_block_size(daemon, server, size):
    start(daemon, server, size)
    whole = server.read("/3/0", accept=SENML_CBOR)
    assert whole.code_text == "2.05" and "/3/0/13" in senml_cbor_decode(whole.payload)
    answers = [r.message for r in server.received(lambda m: m.code_text == "2.05")]
    assert max(len(m.payload) for m in answers) <= size
    if size < len(whole.payload):
        assert {m.block(BLOCK2).size for m in answers} == {size}
        assert len(answers) == -(-len(whole.payload) // size)


def test_server_asks_for_smaller_blocks_than_ours(daemon, server):
    start(daemon, server, 64)
    whole = server.operation(GET, "/3/0", accept=TLV, block2_size=16)
    assert 11 in tlv_decode(whole.payload)
    assert {r.message.block(BLOCK2).size for r in server.received(lambda m: m.code_text == "2.05")} == {16}


def test_blocks_of_one_answer_fit_together_while_the_value_changes(daemon, server):
    """Current Time goes on between the blocks; the body is the one of the first block."""
    start(daemon, server, 16)
    values = tlv_decode(server.read("/3/0", accept=TLV).payload)
    assert len(values[13]) in (4, 5) and values[11] == {0: b"\0"}


@pytest.mark.parametrize("size", SIZES)
def test_write_in_blocks_of_any_size(daemon, server, bootstrap, size):
    """block_size caps what we send; a larger incoming block is taken as it comes."""
    body = tlv_instance(security(server.uri, 1, r3=bytes(1500)))
    bootstrap.script = [write("/0/1", body, block_size=size), write("/1/0", server_object(1)), finish()]
    daemon.start(sized(settings(bootstrap.uri), 32))
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "2.04"]
    answers = bootstrap.received(lambda m: m.first(BLOCK1) is not None)
    assert len(answers) == -(-len(body) // size)
    assert {r.message.block(BLOCK1).size for r in answers} == {size}
    server.wait_registration()


def test_block_number_beyond_the_answer(daemon, server):
    start(daemon, server, 64)
    message = server.message(server.session, GET, "/3/0", accept=TLV,
                             options=[(BLOCK2, Block(60, False, 64).encode())])
    assert server.exchange(server.session, message).code_text in ("4.00", "4.02", "4.08")
    assert server.read("/3/0", accept=TLV).code_text == "2.05"


def test_last_block_without_a_first_is_incomplete(daemon, server, peers):
    def script(bs, result):
        message = bs.block_message(result.session, PUT, "/0/1", TLV, bytes(100), 3, 32)
        result.results.append((discover(), bs.exchange(result.session, message)))
        for step in (*account(server.uri), finish()):
            bs.step(result, step)
    bootstrap = peers.bootstrap(script)
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["4.08", "2.04", "2.04", "2.04"]


def test_server_that_wants_no_blocks_at_all(daemon, server, peers):
    """4.13 to a Register in blocks is a rejection with its code in the sentence."""
    refusing = peers.server(answer=code("4.13"))
    daemon.start(sized(settings(servers=[factory_server(refusing.uri, i + 1) for i in range(2)]), 16))
    daemon.wait_status("failure")
    assert "4.13" in daemon.get("LastError")[1]
