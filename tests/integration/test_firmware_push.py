# SPDX-License-Identifier: Apache-2.0
"""A package that a server writes to /5/0/0: in each format and block size, interrupted, begun anew,
interleaved, too large, refused; and what a second package, a reset and a Reload do meanwhile."""

import pytest

from firmware import (DOWNLOADED, DOWNLOADING, IDLE, MAX_SIZE, NEW, OLD, SILENCE_S, UPDATING, BackEnd,
                      Push, package)
from harness import factory_server
from lwm2m_peer import (BLOCK1, CBOR, ETCH_CBOR, LINK, LWM2M_CBOR, OPAQUE, POST, SENML_CBOR, SENML_JSON,
                        TEXT, TLV, Type, encode, records, tlv_instance)
from oma import versions
from system_services import HANG

FORMATS = {"1.0": [OPAQUE, TLV], "1.1": [OPAQUE, TLV, CBOR, SENML_CBOR, SENML_JSON],
           "1.2": [OPAQUE, TLV, CBOR, SENML_CBOR, SENML_JSON, LWM2M_CBOR]}
BODY = package(5000)
BACK_END_GONE_S = 120   # PATIENCE of bus/firmware_question
OVER = ("4.04", "4.05", "4.08")     # a further block of a transfer that has ended


def indefinite(payload, size=700):
    """A byte string of CBOR in chunks, without a length in front (RFC 8949, 3.2.3)."""
    chunks = [payload[at:at + size] for at in range(0, len(payload), size)]
    return b"\x5f" + b"".join(encode("/5/0/0", chunk, CBOR) for chunk in chunks) + b"\xff"


def verified(firmware, payload, body, **keywords):
    """Pushes a payload, of which the back end has to see this body; then the Object is reset."""
    number = len(firmware.back_end.packages)
    assert firmware.push(payload, **keywords).whole() == "2.04", keywords
    firmware.back_end.wait_call("Verify", number + 1)
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages[number] == body, keywords
    assert firmware.reset() == "2.04"
    firmware.wait(IDLE)
    if len(body) >= 16:     # fewer are in any file
        firmware.wait_kept(body, False)


@versions()
def test_every_format(make_firmware, version):
    """In blocks, and in one message; the back end gets the package itself."""
    firmware = make_firmware(version=version).start()
    for cf in FORMATS[version]:
        verified(firmware, encode("/5/0/0", BODY, cf), BODY, cf=cf)
        verified(firmware, encode("/5/0/0", BODY[:100], cf), BODY[:100], cf=cf, size=16)
        verified(firmware, encode("/5/0/0", BODY[:200], cf), BODY[:200], cf=cf)
    if version != "1.0":
        verified(firmware, indefinite(BODY), BODY, cf=CBOR)


BROKEN = [
    (TLV, b"\xc8\x01\x02ab"), (TLV, b"\xd8\x00\x05abc"), (CBOR, b"\x63abc"), (CBOR, b"\x58\x20abc"),
    (CBOR, b"\x43abcd"), (SENML_CBOR, records({"/5/0/1": b"abc"}, SENML_CBOR)), (SENML_JSON, b"[{}"),
    (SENML_JSON, b'[{"n":"/5/0/0","vd":"!!!!"}]'), (LWM2M_CBOR, b"\xa0")]


def test_broken_payload_is_refused(make_firmware):
    """4.00, and nothing has begun: no State, nothing on the disk."""
    firmware = make_firmware(version="1.2").start()
    for cf, payload in BROKEN:
        for size in (1024, 16):
            assert firmware.push(payload, cf=cf, size=size).whole() == "4.00", (cf, payload, size)
        firmware.wait(IDLE)
    assert firmware.back_end.asked() == []


def test_every_block_size_and_length(firmware):
    """A package of one byte, of a block, of a multiple of it, and each one byte more and less."""
    for size in (16, 32, 64, 128, 256, 512, 1024):
        for length in (size - 1, size, size + 1, 3 * size, 3 * size + 1):
            body = package(length, size)
            verified(firmware, body, body, size=size)
    verified(firmware, b"\x01", b"\x01")
    verified(firmware, b"\x00\x00", b"\x00\x00")    # only a single NUL is no package


def test_one_block_with_block1(firmware):
    """Block1 with number 0 and no more to come is a whole package, too; so is a NUL then a reset."""
    assert firmware.push(BODY[:300]).block(0).code_text == "2.04"
    firmware.wait(DOWNLOADED)
    assert firmware.push(b"\x00").block(0).code_text == "2.04"
    firmware.wait(IDLE)


def test_block_size_that_changes_in_the_middle(firmware):
    """A server may go on with smaller blocks (RFC 7959, 2.3): the byte offset stays."""
    first, then = firmware.push(BODY), firmware.push(BODY, size=256)
    assert first.blocks(0, 2) == "2.31"
    assert then.blocks(8) == "2.04"
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY]


def test_smaller_blocks_are_asked_for_and_echoed(firmware):
    """Each answer names the block that it is for."""
    push = firmware.push(BODY, size=512)
    for num in range(3):
        block = push.block(num).block(BLOCK1)
        assert (block.num, block.more, block.size <= 512) == (num, True, True)


def test_non_confirmable_blocks(firmware):
    push = firmware.push(BODY, type=Type.NON)
    assert push.blocks() == "2.04"
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY]


def test_repeated_blocks(firmware):
    """The same datagram again, and the same block as a new message."""
    push = firmware.push(BODY)
    for num in range(push.count):
        message = push.message(num)
        answers = [firmware.server.exchange(push.session, message).code_text for _ in range(2)]
        assert answers == ["2.04" if num + 1 == push.count else "2.31"] * 2
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY]


def test_block_out_of_order(firmware):
    """4.08, and the State says how it stands."""
    push = firmware.push(BODY)
    assert push.blocks(0, 2) == "2.31"
    firmware.wait(DOWNLOADING)
    assert push.block(4).code_text == "4.08"
    assert firmware.push(BODY).blocks(2) == "2.04"
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY]


def test_block_without_a_beginning(firmware):
    assert firmware.push(BODY).block(1).code_text == "4.08"
    assert firmware.status() == (IDLE, 0) and firmware.back_end.asked() == []


def test_begun_anew(firmware):
    """Block 0 of the same sender begins again, whatever was there; the other package is forgotten."""
    other = package(4000, 2)
    assert firmware.push(other).blocks(0, 3) == "2.31"
    firmware.wait(DOWNLOADING)
    assert firmware.push(BODY).whole() == "2.04"
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY] and firmware.kept(other) == []


def test_reads_between_the_blocks(firmware):
    """Of other Objects, of State, and one that takes blocks itself."""
    push, server = firmware.push(BODY), firmware.server
    for num in range(push.count):
        code = push.block(num).code_text
        assert server.read("/3/0/3", accept=TEXT).text == OLD
        assert server.read("/3/0", accept=SENML_JSON, block2_size=64).code_text == "2.05"
        assert server.write("/1/0/5", b"77").code_text == "2.04"
        if num + 1 < push.count:
            assert firmware.status() == (DOWNLOADING, 0)
    assert code == "2.04"
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY]


def test_another_body_between_the_blocks(firmware):
    """A Write in blocks of another Resource harms none."""
    push, server = firmware.push(BODY), firmware.server
    assert push.blocks(0, 2) == "2.31"
    assert server.write("/1/0", tlv_instance({5: 78, 2: 0}), TLV, method=POST,
                        block_size=16).code_text == "2.04"
    assert push.blocks(2) == "2.04"
    firmware.wait(DOWNLOADED)


def test_state_and_result_are_notified_confirmably(firmware):
    """Whatever the server has asked for; 1 and 2 are told while they are so."""
    server = firmware.server
    state, result = server.observe("/5/0/3", accept=TEXT), server.observe("/5/0/5", accept=TEXT)
    push = firmware.push(BODY)
    assert push.blocks(0, 2) == "2.31"
    assert state.wait(1).text == "1"
    assert push.blocks(2) == "2.04"
    assert state.wait(2).text == "2"
    assert firmware.update() == "2.04"
    firmware.wait(IDLE, 1)
    assert result.wait(1).text == "1"
    for observation in (state, result, firmware.observation):
        assert all(each.type == Type.CON for each in observation.messages)
    assert state.messages[-1].text == "0"


def test_whole_update(firmware):
    """Without a reboot: Verify, Install, and the new version is read, here and on D-Bus."""
    firmware.downloaded(BODY)
    assert firmware.read(6) == "image" and firmware.read(7) == NEW
    assert firmware.update() == "2.04"
    firmware.wait(IDLE, 1)
    assert firmware.running_version() == NEW
    assert firmware.back_end.asked() == ["Verify", "Install"] and firmware.back_end.packages == [BODY] * 2
    assert (DOWNLOADED, 0) in firmware.shown()
    firmware.wait_kept(BODY, False)


def test_whole_update_with_a_reboot(firmware):
    """De-register, reboot, and after it the new version and Result 1."""
    firmware.back_end.reboots = True
    firmware.downloaded(BODY)
    registration = firmware.server.registrations[-1]
    assert firmware.update() == "2.04"
    firmware.logind.wait_call("Reboot")
    firmware.server.wait_deregistered(registration)
    firmware.reboot()
    firmware.wait(IDLE, 1)
    assert firmware.running_version() == NEW
    assert firmware.back_end.asked() == ["Verify", "Install", "Booted"]
    firmware.wait_kept(BODY, False)


def test_reset_in_each_state(firmware):
    """An empty URI, and a single NUL: State 0, Result 0, nothing on the disk; in State 3 4.05."""
    def empty_uri():
        return firmware.reset()

    def nul():
        return firmware.server.write("/5/0/0", b"\x00", OPAQUE).code_text

    def empty_package():
        return firmware.server.write("/5/0/0", b"", OPAQUE).code_text
    for reset in (empty_uri, nul, empty_package):
        assert reset() == "2.04"
        firmware.wait(IDLE)
        assert firmware.push(BODY).blocks(0, 3) == "2.31"
        firmware.wait(DOWNLOADING)
        assert reset() == "2.04"
        firmware.wait(IDLE)
        firmware.wait_kept(BODY, False)
        assert firmware.push(BODY).blocks(3) in OVER
        firmware.downloaded(BODY)
        assert reset() == "2.04"
        firmware.wait(IDLE)
        firmware.wait_kept(BODY, False)
    firmware.downloaded(BODY)
    firmware.back_end.answers["Install"] = HANG
    assert firmware.update() == "2.04"
    firmware.wait(UPDATING)
    assert [reset() for reset in (empty_uri, nul, empty_package)] == ["4.05"] * 3
    assert firmware.status() == (UPDATING, 0)


def test_writes_in_each_state(firmware):
    """A second package: refused while one is there or on its way, in Updating anyway."""
    second = package(2500, 2)
    firmware.downloaded(BODY)
    assert firmware.push(second).block(0).code_text == "4.05"
    assert firmware.push(second[:100]).whole() == "4.05"
    assert firmware.pull("coap://127.0.0.1:9/x") == "4.05"
    firmware.back_end.answers["Install"] = HANG
    assert firmware.update() == "2.04"
    firmware.wait(UPDATING)
    assert firmware.push(second).block(0).code_text == "4.05"
    assert firmware.push(second[:100]).whole() == "4.05"
    assert firmware.pull("coap://127.0.0.1:9/x") == "4.05"
    assert firmware.update() == "4.05"
    assert firmware.status() == (UPDATING, 0)


def test_package_while_it_is_verified(firmware):
    """State stays 1 until Verify has ended; a further package is refused, of the same sender too, but for a
    reset."""
    firmware.back_end.answers["Verify"] = HANG
    assert firmware.push(BODY).whole() == "2.04"
    firmware.back_end.wait_call("Verify")
    assert firmware.status() == (DOWNLOADING, 0)
    assert firmware.update() == "4.05"
    firmware.back_end.answers["Verify"] = (0, "image", NEW, "")
    second = package(2500, 2)
    assert firmware.push(second).block(0).code_text == "4.05"
    assert firmware.reset() == "2.04"
    firmware.downloaded(second)
    assert firmware.back_end.packages == [BODY, second]


def test_two_servers_push_at_once(make_firmware, server, other):
    """The second is told 4.05, and the first goes on; a reset is anybody's."""
    firmware = make_firmware()
    firmware.config["servers"].append(factory_server(other.uri, 2))
    firmware.start()
    other.wait_registration()
    push, theirs = firmware.push(BODY), Push(other, package(5000, 2))
    assert push.blocks(0, 2) == "2.31"
    assert theirs.block(0).code_text == "4.05" and theirs.block(1).code_text in ("4.05", "4.08")
    assert other.write("/5/0/1", b"coap://127.0.0.1:9/x").code_text == "4.05"
    assert push.blocks(2, 3) == "2.31"
    assert other.read("/5/0/3", accept=TEXT).text == "1"
    assert push.blocks(3) == "2.04"
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY]
    assert other.write("/5/0/0", b"\x00", OPAQUE).code_text == "2.04"
    firmware.wait(IDLE)


def test_silence_of_the_server(firmware):
    """247 s without a block: Result 4, and nothing stays; one second less is none."""
    push = firmware.push(BODY)
    assert push.blocks(0, 2) == "2.31"
    firmware.clock.sleep(SILENCE_S - 20)
    assert push.blocks(2, 3) == "2.31"
    firmware.clock.sleep(SILENCE_S - 20)
    assert firmware.status() == (DOWNLOADING, 0)
    firmware.clock.sleep(40)
    firmware.wait(IDLE, 4)
    firmware.wait_kept(BODY, False)
    assert push.block(3).code_text == "4.08"
    firmware.downloaded(BODY)


def test_clock_that_is_stepped(firmware):
    """A step of the wall clock, in either direction, ends nothing."""
    push = firmware.push(BODY)
    assert push.blocks(0, 2) == "2.31"
    for step in (86400 * 365, -86400 * 365, 0):
        firmware.clock.set(step)
        assert firmware.status() == (DOWNLOADING, 0)
    assert push.blocks(2) == "2.04"
    firmware.wait(DOWNLOADED)


def test_server_that_is_gone_in_the_middle(firmware):
    """It registers anew from another port's point of view: the transfer of before does not go on."""
    push = firmware.push(BODY)
    assert push.blocks(0, 2) == "2.31"
    firmware.kill()
    firmware.start()
    assert firmware.status() == (IDLE, 4)
    assert firmware.push(BODY).block(2).code_text == "4.08"
    firmware.wait_kept(BODY, False)
    firmware.downloaded(BODY)


@pytest.mark.parametrize("length", [MAX_SIZE, MAX_SIZE + 1])
def test_max_size(make_firmware, length):
    """A package of max_size is none too large; one byte more is, by Size1 or by what comes."""
    firmware = make_firmware(max_size=MAX_SIZE).start()
    body = package(length)
    if length == MAX_SIZE:
        verified(firmware, body, body, size1=length)
        return
    assert firmware.push(body, size1=length).block(0).code_text == "4.13"
    firmware.wait(IDLE, 2)
    assert firmware.reset() == "2.04"
    firmware.wait(IDLE, 0)
    assert firmware.push(body).blocks() == "4.13"
    firmware.wait(IDLE, 2)
    firmware.wait_kept(body, False)
    assert firmware.back_end.asked() == []


def test_size1_that_is_wrong(make_firmware):
    """Less than what comes, or more: what comes counts."""
    firmware = make_firmware(max_size=MAX_SIZE).start()
    verified(firmware, BODY, BODY, size1=10)
    verified(firmware, BODY, BODY, size1=MAX_SIZE)


def test_what_is_refused_at_block_0(firmware):
    """Format, method, and what cannot be read; nothing has begun then."""
    for cf in (LINK, 12345, ETCH_CBOR):
        assert firmware.push(BODY, cf=cf).block(0).code_text == "4.15"
    assert firmware.server.read("/5/0/0").code_text == "4.05"
    assert firmware.push(BODY, path="/5/1/0").block(0).code_text == "4.04"
    assert firmware.push(BODY, path="/5/0/3").whole() == "4.05"
    assert firmware.status() == (IDLE, 0) and firmware.back_end.asked() == []


def test_package_by_a_write_of_the_instance(firmware):
    """Package and other Resources in one TLV or SenML: a Write as any other."""
    for cf in (TLV, SENML_CBOR):
        payload = encode("/5/0", {0: BODY[:400]}, cf)
        code = firmware.server.write("/5/0", payload, cf, method=POST).code_text
        assert code == "2.04"
        firmware.wait(DOWNLOADED)
        assert firmware.back_end.packages[-1] == BODY[:400]
        assert firmware.reset() == "2.04"
        firmware.wait(IDLE)


def test_reload_goes_on(firmware):
    """A Reload that changes nothing of it disturbs no transfer."""
    push = firmware.push(BODY)
    assert push.blocks(0, 2) == "2.31"
    firmware.config["device"]["manufacturer"] = "Another"
    firmware.daemon.configure(firmware.config)
    firmware.daemon.call("Reload")
    assert push.blocks(2) == "2.04"
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY]


def test_reload_that_takes_the_back_end_away(firmware):
    """In the middle of a transfer: no Object 5, no package, and the update of before does not come back."""
    push = firmware.push(BODY)
    assert push.blocks(0, 2) == "2.31"
    firmware.config["firmware_update"]["backend"] = "none"
    firmware.daemon.configure(firmware.config)
    firmware.daemon.call("Reload")
    firmware.server.wait(lambda: firmware.server.read("/5/0/3").code_text == "4.04", 5, "end of Object 5")
    assert push.block(2).code_text in OVER
    firmware.wait_kept(BODY, False)
    firmware.config["firmware_update"]["backend"] = BackEnd.NAME
    firmware.daemon.configure(firmware.config)
    firmware.daemon.call("Reload")
    firmware.server.wait(lambda: firmware.server.read("/5/0/3").code_text == "2.05", 5, "Object 5")
    assert firmware.status()[0] == IDLE
    assert firmware.back_end.asked() == []


def test_start_without_a_back_end(firmware):
    """Nor does a package stay that none could install."""
    firmware.downloaded(BODY)
    firmware.daemon.stop()
    firmware.config["firmware_update"]["backend"] = "none"
    firmware.start(watch=False)
    firmware.wait_kept(BODY, False)
    assert firmware.server.read("/5/0/3").code_text == "4.04"
    firmware.daemon.stop()
    firmware.config["firmware_update"]["backend"] = BackEnd.NAME
    firmware.start()
    assert firmware.status() == (IDLE, 10)
    assert firmware.back_end.asked() == ["Verify"]


class AnotherBackEnd(BackEnd):
    NAME = "org.example.Another"


def test_start_with_another_back_end(firmware, bus):
    """What it has not verified itself it is not asked to install, however far the one before was."""
    firmware.logind.answers["CanReboot"] = HANG
    firmware.downloaded(BODY)
    assert firmware.update() == "2.04"
    firmware.wait(UPDATING)
    firmware.kill()
    another = AnotherBackEnd(bus, firmware.version_file)
    try:
        firmware.config["firmware_update"]["backend"] = another.NAME
        firmware.start()
        firmware.wait(DOWNLOADED)
        assert another.asked() == ["Verify"]
    finally:
        another.close()


@pytest.mark.parametrize("gone", [False, True])
def test_start_with_another_back_end_while_it_is_installed(firmware, bus, gone):
    """As behind a Reload: who has begun to install says what has become of it, or nobody does; nobody else
    is asked. The next package is the new one's."""
    firmware.back_end.answers["Install"] = HANG
    firmware.downloaded(BODY)
    assert firmware.update() == "2.04"
    firmware.back_end.wait_call("Install")
    firmware.kill()
    del firmware.back_end.answers["Install"]
    if gone:
        firmware.back_end.close()
    another = AnotherBackEnd(bus, firmware.version_file)
    try:
        firmware.config["firmware_update"]["backend"] = another.NAME
        firmware.start()
        if gone:
            assert firmware.status() == (UPDATING, 0)
            firmware.clock.sleep(BACK_END_GONE_S + 1)
        firmware.wait(IDLE, 8 if gone else 1)
        if gone:
            assert firmware.back_end.NAME in firmware.get("ResultText")
        assert firmware.running_version() == (OLD if gone else NEW)
        assert another.asked() == []
        firmware.downloaded(BODY)
        assert another.asked() == ["Verify"]
    finally:
        another.close()


def test_bytes_on_the_bus(firmware):
    """ReceivedBytes and TotalBytes follow; a reset takes them back."""
    body = package(20000)
    push = firmware.push(body, size1=len(body))
    assert push.blocks(0, 10) == "2.31"
    firmware.wait_property("State", "downloading")
    assert firmware.get("TotalBytes") == len(body)
    firmware.wait_property("ReceivedBytes", lambda value: value > 0)
    assert push.blocks(10) == "2.04"
    firmware.wait_property("State", "downloaded")
    firmware.wait_property("ReceivedBytes", len(body))
    assert (firmware.get("PackageName"), firmware.get("PackageVersion")) == ("image", NEW)
    assert firmware.reset() == "2.04"
    firmware.wait_property("State", "idle")
    assert (firmware.get("ReceivedBytes"), firmware.get("PackageName")) == (0, "")


def test_a_hundred_transfers_that_are_begun(firmware):
    """Each block 0 begins anew: one package file, and the last one counts."""
    bodies = [package(3000, number) for number in range(100)]
    for body in bodies:
        assert firmware.push(body).blocks(0, 2) == "2.31"
    assert firmware.push(bodies[-1]).blocks(2) == "2.04"
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [bodies[-1]]
    assert all(not firmware.kept(body) for body in bodies[:-1])
