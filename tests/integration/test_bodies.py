# SPDX-License-Identifier: Apache-2.0
"""Bodies in blocks, as servers send and fetch them: a row a case (misbehaviour.py says what a row is).

Certificates of 4 KiB go to an account of their own beside the good one; what is stored is what was sent."""
import itertools
import random

import pytest

from harness import HAVE_DISCOVER, factory_server, settings, versioned
from lwm2m_peer import (BLOCK1, BLOCK2, ETAG, GET, LINK, OPAQUE, POST, PUT, SENML_CBOR, SIZE1, SIZE2, TEXT,
                        TLV, Answer, Block, BootstrapServer, Step, Type, account, account_values, code,
                        delete, finish, links, pack, read, senml_cbor_decode, senml_cbor_instance,
                        server_object, tlv_decode, tlv_instance, uint, write)
from misbehaviour import At, Fails, Row, exchange, good, message_of, run_row

SIZES = [16, 32, 64, 128, 256, 512, 1024]
SIZE = 64
REQUEST_TAG = 292
SOURCE = random.Random(4096)
CLIENT, SERVER, KEY, OTHER = (SOURCE.randbytes(4096) for _ in range(4))
X509 = {0: "coaps://h", 1: False, 2: 2, 3: CLIENT, 4: SERVER, 5: KEY, 10: 2}
INSTANCE = tlv_instance(X509)
BARE = (write("/0/2", {key: X509[key] for key in (0, 1, 2, 10)}), "2.04")
ONE_TOKEN = b"one"


class Transfer:
    """A body on its way to a path."""

    def __init__(self, path, body, cf=OPAQUE, token=None, options=(), type=Type.CON):
        self.path, self.body, self.cf, self.token = path, body, cf, token
        self.options, self.type = list(options), type

    def message(self, at, num, size=SIZE, more=None, length=None):
        """The request with block num; length: bytes of it that are sent, where it is not size."""
        start = num * size
        more = start + size < len(self.body) if more is None else more
        payload = self.body[start:start + (size if length is None else length)]
        message = at.bootstrap.message(
            at.session, PUT, self.path, payload, self.cf, type=self.type,
            options=[*self.options, (BLOCK1, Block(num, more, size).encode())])
        message.token = self.token or message.token
        return message

    def block(self, num, wanted="2.31", **how):
        return lambda at: exchange(at, self.message(at, num, **how)), wanted

    def blocks(self, first=0, end=None, size=SIZE):
        """Blocks first .. end - 1, or to the last one."""
        last = -(-len(self.body) // size) - 1
        return [self.block(num, "2.04" if num == last else "2.31", size=size)
                for num in range(first, last + 1 if end is None else end)]


def interleaved(*transfers):
    """Block by block in turn."""
    return [step for steps in zip(*(transfer.blocks() for transfer in transfers)) for step in steps]


def stored(at):
    return {"/0/2/3": CLIENT}


def all_stored(at):
    return {"/0/2/0": "coaps://h", "/0/2/2": 2, "/0/2/3": CLIENT, "/0/2/4": SERVER, "/0/2/5": KEY}


def none_stored(at):
    return {"/0/2/3": None}


def sends(steps, what=stored):
    """The steps upon an Object Instance without certificates, then a good bootstrap."""
    return Row(script=lambda at: [BARE, *steps, *good(at)], stored=what)


def to(resource, body, **how):
    return Transfer(f"/0/2/{resource}", body, **how)


WHOLE = Transfer("/0/2", INSTANCE, TLV)
IN_SENML = Transfer("/0/2", senml_cbor_instance("/0/2", X509), SENML_CBOR)
CERTIFICATE = to(3, CLIENT)
LAST = len(CLIENT) // SIZE - 1


def fetch_of_many(at):
    """A Read that needs a good many blocks."""
    return at.bootstrap.request(at.session, GET, "/1", accept=SENML_CBOR, block2_size=16).code_text


def twice(transfer, num):
    def send(at):
        message = transfer.message(at, num)
        return f"{exchange(at, message)} {exchange(at, message)}"
    return send


def late_repetition(step, behind):
    """A datagram that the network delivers again behind the others."""
    kept = []

    def send(at):
        if not kept:
            kept.append(message_of(at, step))
        return exchange(at, kept[0])
    return [(send, "2.02"), *behind, (send, "2.02")]


ROWS = {
    "account-of-12-kib": sends(WHOLE.blocks(), all_stored),
    "account-of-12-kib-in-senml": sends(IN_SENML.blocks(), all_stored),
    "account-of-12-kib-with-one-token": sends(
        Transfer("/0/2", INSTANCE, TLV, ONE_TOKEN).blocks(), all_stored),
    "account-of-12-kib-non-confirmable": sends(
        Transfer("/0/2", INSTANCE, TLV, type=Type.NON).blocks(), all_stored),
    "resource-by-resource": sends(
        [*CERTIFICATE.blocks(), *to(4, SERVER).blocks(), *to(5, KEY).blocks()], all_stored),
    **{f"blocks-of-{size}": sends(CERTIFICATE.blocks(size=size)) for size in SIZES},

    # --- two at a time
    "two-interleaved": sends(
        interleaved(CERTIFICATE, to(4, SERVER)), lambda at: {"/0/2/3": CLIENT, "/0/2/4": SERVER}),
    "two-interleaved-with-one-token": sends(
        interleaved(to(3, CLIENT, token=ONE_TOKEN), to(4, SERVER, token=ONE_TOKEN)),
        lambda at: {"/0/2/3": CLIENT, "/0/2/4": SERVER}),
    "two-interleaved-on-object-and-resource": sends(
        interleaved(Transfer("/0/2", INSTANCE[:4096], TLV), CERTIFICATE)[:-2] + CERTIFICATE.blocks(LAST)),
    "two-for-one-path-told-apart-by-their-tags": sends(
        interleaved(to(3, OTHER, options=[(REQUEST_TAG, b"a")]),
                    to(3, CLIENT, options=[(REQUEST_TAG, b"b")]))),
    "two-for-one-path-told-apart-by-their-formats": sends(
        [*WHOLE.blocks(0, 9), *IN_SENML.blocks(), *WHOLE.blocks(9)], all_stored),
    "two-for-one-path-not-told-apart": sends([
        *to(3, OTHER).blocks(0, 9), CERTIFICATE.block(0), to(3, OTHER).block(9, "4.08"),
        *CERTIFICATE.blocks(1)]),
    # the one that has waited longest makes room
    "third-beside-two": sends([
        CERTIFICATE.block(0), to(4, SERVER).block(0), CERTIFICATE.block(1), to(5, KEY).block(0),
        to(4, SERVER).block(1, "4.08"), *CERTIFICATE.blocks(2), *to(5, KEY).blocks(1)],
        lambda at: {"/0/2/3": CLIENT, "/0/2/5": KEY, "/0/2/4": None}),
    "other-operations-between": sends([
        *CERTIFICATE.blocks(0, 9), (read("/1", accept=TLV), "2.05"), (delete("/0/9"), "2.02"),
        (write("/1/9", server_object(9)), "2.04"), (finish(), "4.06"), *CERTIFICATE.blocks(9)]),
    "whole-write-to-the-same-path-between": sends([
        *CERTIFICATE.blocks(0, 9), (Step(PUT, "/0/2/3", {"payload": b"short", "cf": OPAQUE}), "2.04"),
        *CERTIFICATE.blocks(9)]),
    "delete-between": sends([*WHOLE.blocks(0, 9), (delete("/"), "2.02"), *WHOLE.blocks(9)], all_stored),

    # --- begun again, repeated, out of order
    "restarted": sends([*CERTIFICATE.blocks(0, 20), *CERTIFICATE.blocks()]),
    "restarted-with-another-body": sends([*to(3, OTHER).blocks(0, 20), *CERTIFICATE.blocks()]),
    "restarted-in-other-blocks": sends([*CERTIFICATE.blocks(0, 20), *CERTIFICATE.blocks(size=16)]),
    "restarted-at-the-last-block": sends([*CERTIFICATE.blocks(0, LAST), *CERTIFICATE.blocks()]),
    # in its own place, not in that of the other one
    "restarted-beside-another": sends([
        *to(4, SERVER).blocks(0, 5), *CERTIFICATE.blocks(0, 5), *CERTIFICATE.blocks(0, 1),
        *to(4, SERVER).blocks(5), *CERTIFICATE.blocks(1)], lambda at: {"/0/2/3": CLIENT, "/0/2/4": SERVER}),
    "sent-twice": sends([*CERTIFICATE.blocks(), *CERTIFICATE.blocks()]),
    "first-block-twice": sends([(twice(CERTIFICATE, 0), "2.31 2.31"), *CERTIFICATE.blocks(1)]),
    "first-block-twice-as-another-message": sends([CERTIFICATE.block(0), *CERTIFICATE.blocks()]),
    "block-twice": sends([*CERTIFICATE.blocks(0, 5), (twice(CERTIFICATE, 5), "2.31 2.31"),
                          *CERTIFICATE.blocks(6)]),
    "block-twice-as-another-message": sends([*CERTIFICATE.blocks(0, 6), CERTIFICATE.block(5, "4.08"),
                                             *CERTIFICATE.blocks(6)]),
    "last-block-twice": sends([*CERTIFICATE.blocks(0, LAST), (twice(CERTIFICATE, LAST), "2.04 2.04")]),
    "last-block-twice-as-another-message": sends([*CERTIFICATE.blocks(), CERTIFICATE.block(LAST, "4.08")]),
    "gap": sends([*CERTIFICATE.blocks(0, 5), CERTIFICATE.block(6, "4.08"), *CERTIFICATE.blocks(5)]),
    "last-block-too-early": sends([*CERTIFICATE.blocks(0, 5), CERTIFICATE.block(LAST, "4.08"),
                                   *CERTIFICATE.blocks(5)]),
    "backwards": sends([CERTIFICATE.block(num, "4.08") for num in range(LAST, 0, -1)] +
                       CERTIFICATE.blocks()),
    "never-begun": sends([CERTIFICATE.block(LAST, "4.08")], none_stored),
    "never-ended": sends(CERTIFICATE.blocks(0, LAST), none_stored),
    "block-of-another-path": sends([*CERTIFICATE.blocks(0, 5), to(4, CLIENT).block(5, "4.08"),
                                    *CERTIFICATE.blocks(5)]),
    "block-with-another-format": sends([
        *CERTIFICATE.blocks(0, 5), to(3, CLIENT, cf=TEXT).block(5, "4.08"), *CERTIFICATE.blocks(5)]),
    "block-with-another-tag": sends([
        *CERTIFICATE.blocks(0, 5), to(3, CLIENT, options=[(REQUEST_TAG, b"")]).block(5, "4.08"),
        *CERTIFICATE.blocks(5)]),

    # the operation is not done again, however many blocks have come since
    "delete-repeated-behind-hundreds-of-blocks": Row(
        script=lambda at: [
            *late_repetition(delete("/"), [*good(at)[:2], BARE, *CERTIFICATE.blocks(size=16)]),
            (finish(), "2.04")], stored=stored),
    "delete-repeated-behind-a-long-answer": Row(
        script=lambda at: [
            *late_repetition(delete("/"), [*good(at)[:2], *[(fetch_of_many, "2.05")] * 10]),
            (finish(), "2.04")], stored=none_stored),

    # --- sizes
    "smaller-blocks-in-the-middle": sends([*CERTIFICATE.blocks(0, 20), *CERTIFICATE.blocks(40, size=32)]),
    "smaller-blocks-at-the-end": sends(
        [*CERTIFICATE.blocks(0, LAST), *CERTIFICATE.blocks(LAST * 4, size=16)]),
    "larger-blocks-in-the-middle": sends([*CERTIFICATE.blocks(0, 20), *CERTIFICATE.blocks(10, size=128)]),
    "larger-blocks-that-fit-nowhere": sends([
        *CERTIFICATE.blocks(0, 21), CERTIFICATE.block(10, "4.08", size=128), *CERTIFICATE.blocks(21)]),
    "final-block-larger-than-it-says": sends([
        *CERTIFICATE.blocks(0, LAST), CERTIFICATE.block(LAST * 2, "4.00", size=32, length=64, more=False),
        *CERTIFICATE.blocks(LAST)]),
    "block-longer-than-it-says": sends([
        *CERTIFICATE.blocks(0, 5), CERTIFICATE.block(5, "4.00", length=65), *CERTIFICATE.blocks(5)]),
    "block-shorter-than-it-says": sends([
        *CERTIFICATE.blocks(0, 5), CERTIFICATE.block(5, "4.00", length=63), *CERTIFICATE.blocks(5)]),
    "empty-block": sends([
        *CERTIFICATE.blocks(0, 5), CERTIFICATE.block(5, "4.00", length=0), *CERTIFICATE.blocks(5)]),
    "final-block-without-a-byte": sends([
        *CERTIFICATE.blocks(0, LAST), CERTIFICATE.block(LAST, more=True),
        CERTIFICATE.block(LAST + 1, "2.04", more=False)]),
    "final-block-too-early-by-its-flag": sends([
        *CERTIFICATE.blocks(0, 20), CERTIFICATE.block(20, "2.04", more=False)],
        lambda at: {"/0/2/3": CLIENT[:21 * SIZE]}),
    "announced-as-it-is": sends(to(3, CLIENT, options=[(SIZE1, uint(4096))]).blocks()),
    # Size1 is a hint (RFC 7959, 4): what comes is what counts
    "announced-too-short": sends(to(3, CLIENT, options=[(SIZE1, uint(40))]).blocks()),
    "announced-too-long": sends(to(3, CLIENT, options=[(SIZE1, uint(60000))]).blocks()),
    "announced-over-the-maximum": sends([
        to(3, CLIENT, options=[(SIZE1, uint(65537))]).block(0, "4.13"), *CERTIFICATE.blocks()]),
    "announced-over-the-maximum-in-the-middle": sends([
        *CERTIFICATE.blocks(0, 5), to(3, CLIENT, options=[(SIZE1, uint(1 << 31))]).block(5, "4.13"),
        *CERTIFICATE.blocks(5)]),
    "over-the-maximum-unannounced": sends([
        *to(3, bytes(66 << 10)).blocks(0, 64, 1024), to(3, bytes(66 << 10)).block(64, "4.13", size=1024),
        to(3, bytes(66 << 10)).block(65, "4.08", size=1024), *CERTIFICATE.blocks()]),
    "highest-block-number": sends([*CERTIFICATE.blocks(0, 5), (lambda at: exchange(at, at.bootstrap.message(
        at.session, PUT, "/0/2/3", bytes(SIZE), OPAQUE,
        options=[(BLOCK1, Block(0xfffff, True, SIZE).encode())])), "4.08"), *CERTIFICATE.blocks(5)]),

    # --- the end of a session in the middle
    "finish-in-the-middle": Row(
        script=lambda at: [*good(at)[:2], *CERTIFICATE.blocks(0, 5), (finish(), "2.04"),
                           CERTIFICATE.block(5, "2.31"), *CERTIFICATE.blocks(6, LAST),
                           CERTIFICATE.block(LAST, "4.00")], stored=none_stored),
    "silence-in-the-middle": Row(
        script=lambda at: CERTIFICATE.blocks(0, 5),
        ends=Fails("ServerSilent", "sent no Bootstrap-Finish within 1 s of its last operation")),
}


@pytest.mark.parametrize("name", ROWS)
def test_body(daemon, server, peers, name):
    run_row(ROWS[name], daemon, server, peers)


def test_refused_body_is_told_the_size_that_would_do(daemon, server, peers):
    """RFC 7959, 2.9.3: 4.13 with Size1, for what is announced and for what comes."""
    def script(bs, run):
        for payload, options in ((bytes(100), [(SIZE1, uint(1 << 20))]), (bytes(2048), [])):
            for num in (0, 1, 2):
                message = bs.block_message(run.session, PUT, "/0/2/3", OPAQUE, payload, num, 512,
                                           options=options)
                answer = bs.exchange(run.session, message)
                if answer.code_text != "2.31":
                    break
            assert (answer.code_text, answer.uint(SIZE1)) == ("4.13", 1024)
        for step in [*account(server.uri), finish()]:
            bs.step(run, step)
    bootstrap = peers.bootstrap(script)
    config = settings(bootstrap.uri)
    config["coap"]["max_body_size"] = "1KiB"
    daemon.start(config)
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "2.04"]


# --- answers -------------------------------------------------------------------------------------------

N_SERVERS = 30      # Object Instances beside that of the account: an answer of about 500 bytes
DISCOVERED = pytest.mark.skipif(not HAVE_DISCOVER, reason="Bootstrap-Discover is left out of this build")


class Fetch:
    """An answer that is fetched block by block."""

    def __init__(self, endpoint, session, path, accept):
        self.endpoint, self.session, self.path, self.accept = endpoint, session, path, accept
        self.body, self.etags = b"", set()

    def block(self, num, size, token=None, more=False):
        """The answer to the request for one block."""
        message = self.endpoint.message(self.session, GET, self.path, accept=self.accept,
                                        options=[(BLOCK2, Block(num, more, size).encode())])
        message.token = token or message.token
        return self.endpoint.exchange(self.session, message)

    def next(self, size, **how):
        """The block behind what is there; True while there is more."""
        answer = self.block(len(self.body) // size, size, **how)
        assert answer.code_text == "2.05", answer
        block = answer.block(BLOCK2)
        assert block is None or (block.num * block.size == len(self.body) and block.size <= size)
        assert (answer.first(SIZE2) is not None) == (block is not None and block.num == 0)
        self.body += answer.payload
        self.etags.add(answer.first(ETAG))
        assert block is None or answer.content_format == self.accept
        return block is not None and block.more

    def whole(self, size, **how):
        while self.next(size, **how):
            pass
        assert len(self.etags) == 1, "one representation"
        return self.body


def fetching(daemon, server, peers, script):
    """Plays the script in a bootstrap session with many Object Instances, and then a good bootstrap."""
    def play(bs, run):
        bs.step(run, write("/1", {i: server_object(i) for i in range(100, 100 + N_SERVERS)}))
        script(lambda path, accept: Fetch(bs, run.session, path, accept), bs, run)
        for step in (delete("/"), *account(server.uri), finish()):
            bs.step(run, step)
    bootstrap = peers.bootstrap(play)
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes[-1] == "2.04"
    server.wait_registration()


@pytest.mark.parametrize("size", SIZES)
@DISCOVERED
def test_discover_in_blocks_of_any_size(daemon, server, peers, size):
    def script(fetch, bs, run):
        found = links(fetch("/", LINK).whole(size))
        assert found[0] == "</>;lwm2m=1.1" and sum("</1/1" in link for link in found) == N_SERVERS
    fetching(daemon, server, peers, script)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("accept", [TLV, SENML_CBOR])
def test_bootstrap_read_in_blocks_of_any_size(daemon, server, peers, size, accept):
    def script(fetch, bs, run):
        body = fetch("/1", accept).whole(size)
        if accept == TLV:
            assert len(tlv_decode(body)) == N_SERVERS
        else:
            assert senml_cbor_decode(body)["/1/100/1"] == 300
    fetching(daemon, server, peers, script)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path, accept", [("/3/0", LINK), ("/1/0", SENML_CBOR), ("/1/0", TLV)])
def test_read_and_discover_of_a_server_in_blocks_of_any_size(registered, server, size, path, accept):
    whole = server.operation(GET, path, accept=accept).payload
    assert Fetch(server, server.session, path, accept).whole(size) == whole


def test_one_token_for_all_blocks(daemon, server, peers):
    def script(fetch, bs, run):
        assert fetch("/1", TLV).whole(64, token=ONE_TOKEN) == fetch("/1", TLV).whole(64)
    fetching(daemon, server, peers, script)


def test_block_size_that_changes_on_the_way(daemon, server, peers):
    """Smaller at any block, larger where it fits; the flag for more means nothing in a request."""
    def script(fetch, bs, run):
        expected, found = fetch("/1", TLV).whole(1024), fetch("/1", TLV)
        for size in (128, 64, 32, 16, 16):
            assert found.next(size, more=size == 32)
        assert found.whole(128) == expected
    fetching(daemon, server, peers, script)


@DISCOVERED
def test_two_answers_interleaved(daemon, server, peers):
    def script(fetch, bs, run):
        expected = [fetch("/1", TLV).whole(1024), fetch("/", LINK).whole(1024)]
        both = [fetch("/1", TLV), fetch("/", LINK)]
        going = list(both)
        while going:
            going = [each for each in going if each.next(64)]
        assert [each.body for each in both] == expected
    fetching(daemon, server, peers, script)


def test_three_answers_interleaved(daemon, server, peers):
    """Two are kept; the third is made anew for each block, which is the same while nothing changes."""
    def script(fetch, bs, run):
        wanted = [("/1", TLV), ("/1", SENML_CBOR), ("/1/100", SENML_CBOR)]
        expected = [fetch(*each).whole(1024) for each in wanted]
        three = [fetch(*each) for each in wanted]
        going = list(three)
        while going:
            going = [each for each in going if each.next(16)]
        assert [each.body for each in three] == expected
    fetching(daemon, server, peers, script)


def test_value_that_changes_on_the_way(daemon, server, peers):
    """The body is the one of its first block; begun again it is another, and its ETag says so."""
    def script(fetch, bs, run):
        expected, before = fetch("/1", TLV).whole(1024), fetch("/1", TLV)
        for _ in range(4):
            before.next(64)
        bs.step(run, write("/1/129/1", b"61", TEXT))
        assert before.whole(64) == expected
        after = fetch("/1", TLV)
        assert after.whole(64) != expected and tlv_decode(after.body)[129][1] == b"\x3d"
        assert after.etags != before.etags
    fetching(daemon, server, peers, script)


def test_later_block_alone(daemon, server, peers):
    """Block n without a block 0 before: that block of the answer as it is now."""
    def script(fetch, bs, run):
        answer, expected = fetch("/1", TLV).block(3, 64), fetch("/1", TLV).whole(1024)
        assert answer.code_text == "2.05" and answer.payload == expected[192:256]
        assert answer.block(BLOCK2) == Block(3, True, 64) and answer.first(SIZE2) is None
    fetching(daemon, server, peers, script)


def test_block_behind_the_end(daemon, server, peers):
    """4.00, also where the answer would need no blocks; what was being fetched goes on."""
    def script(fetch, bs, run):
        going = fetch("/1", TLV)
        going.next(64)
        for path, num in (("/1", 99), ("/1", 0xfffff), ("/1/100", 2)):
            assert fetch(path, TLV).block(num, 64).code_text == "4.00"
        assert len(tlv_decode(going.whole(64))) == N_SERVERS
    fetching(daemon, server, peers, script)


def test_last_block_twice(daemon, server, peers):
    """As the same message and as another one."""
    def script(fetch, bs, run):
        expected = fetch("/1", TLV).whole(1024)
        going = fetch("/1", TLV)
        assert going.whole(64) == expected
        last = (len(expected) - 1) // 64
        assert going.block(last, 64).payload == expected[last * 64:]
    fetching(daemon, server, peers, script)


def test_later_block_without_accept_is_another_answer(daemon, server, peers):
    """What selects the representation has to be there each time: without Accept 40 it is a Read of /."""
    def script(fetch, bs, run):
        assert fetch("/1", LINK).block(0, 16).code_text in ("2.05", "5.01")
        assert fetch("/", None).block(1, 16).code_text == "4.05"
    fetching(daemon, server, peers, script)


# --- answers to us -------------------------------------------------------------------------------------


def pack_of(server, lifetime=300):
    return pack({**account_values(server.uri, lifetime=lifetime), "/0/2": X509})


@pytest.mark.parametrize("size", SIZES)
def test_pack_in_blocks_of_any_size(daemon, server, peers, size):
    """Certificates of 4 KiB in the Bootstrap-Pack; each block is asked for with a token of its own."""
    bootstrap = peers.bootstrap(pack=pack_of(server), pack_block=size)
    daemon.start(versioned(settings(bootstrap.uri), "1.2"))
    server.wait_registration()
    requests = [r.message for r in bootstrap.requests(GET, "/bspack")]
    assert len(requests) == -(-len(pack_of(server).payload) // size)
    assert len({message.token for message in requests}) == len(requests)
    assert not bootstrap.bootstrap_requests()
    assert At(daemon, server, bootstrap, peers).stored()["/0/2/3"] == CLIENT


class ChangingServer(BootstrapServer):
    """Its pack has changed when the third block is asked for, which the ETag says."""

    def handle(self, session, message):
        block = message.block(BLOCK2)
        late = block is not None and block.num >= 2
        if late:
            self._begun = self.changed
        answer = super().handle(session, message)
        if message.path == "/bspack":
            answer.options.append((ETAG, b"2" if late else b"1"))
        return answer


def test_pack_that_changes_on_the_way(daemon, server, peers):
    """Nothing is put together of two packs: a Bootstrap-Request in the same attempt."""
    bootstrap = peers.add(
        ChangingServer([*account(server.uri), finish()], pack=pack_of(server), pack_block=64))
    bootstrap.changed = pack_of(server, lifetime=299)
    daemon.start(versioned(settings(bootstrap.uri), "1.2"))
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "2.04"]
    server.wait_registration()
    assert len(bootstrap.requests(GET, "/bspack")) == 3
    assert {r.port for r in bootstrap.bootstrap_requests()} == {bootstrap.pack_requests()[0].port}
    assert At(daemon, server, bootstrap, peers).stored().get("/0/2/3") is None


def test_answers_that_take_turns(daemon, peers):
    """2.01 and 2.05, each the first block of more: the Register is answered, not asked on and on."""
    server = peers.server()
    codes = itertools.cycle((code("2.01"), code("2.05")))
    server.handle = lambda *_: Answer(next(codes), bytes(16), [(BLOCK2, Block(0, True, 16).encode())])
    daemon.start(settings(servers=[factory_server(server.uri)]))
    daemon.wait_status("failure")
    assert "2.05" in daemon.get("LastError")[1]
    assert len(server.requests(POST, "/rd")) == 2
