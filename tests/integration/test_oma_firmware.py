# SPDX-License-Identifier: Apache-2.0
"""OMA's cases of Firmware Update (/5), step by step, in each LwM2M version: configuration C.8, a client that
is registered by PSK, with a back end; a package comes from the server (push) or a repository (pull)."""
import pytest

from firmware import DOWNLOADED, DOWNLOADING, IDLE, MAX_SIZE, NEW, OLD, SILENCE_S, Firmware, package
from lwm2m_peer import OPAQUE, TEXT, TLV, tlv_decode
from oma import versions

IMAGE = package(3000)
NUL = b"\x00"


@pytest.fixture
def update(bench, bus, tmp_path):
    """The bench, registered; the server observes State and Update Result."""
    folder = tmp_path / "firmware"
    folder.mkdir()
    made = Firmware(bench.daemon, bench.server, bus, folder, config=bench.config, max_size=MAX_SIZE)
    bench.register()
    made.watch()
    yield made
    made.close()


@versions()
def test_1_1_int_751_read_of_the_state(update):
    response = update.server.read("/5/0", accept=TLV)
    assert response.code_text == "2.05"
    values = tlv_decode(response.payload)
    assert (values[3], values[5]) == (b"\x00", b"\x00")
    assert values[9] == b"\x02"     # push and pull
    assert values[8].values() and all(protocol <= b"\x05" for protocol in values[8].values())


@versions()
def test_1_1_int_755_state_machine_push(update):
    """A NUL resets from each State; then an image leads to Downloaded."""
    assert update.push(IMAGE).blocks(0, 1) == "2.31"
    update.wait(DOWNLOADING)
    assert update.server.write("/5/0/0", NUL, OPAQUE).code_text == "2.04"
    update.wait(IDLE)
    assert update.status() == (IDLE, 0)
    assert update.push(IMAGE).whole() == "2.04"
    update.wait(DOWNLOADED)
    assert update.status() == (DOWNLOADED, 0)
    assert update.server.write("/5/0/0", NUL, OPAQUE).code_text == "2.04"
    update.wait(IDLE)


@versions()
def test_1_1_int_756_state_machine_pull(update, repository):
    """An empty URI resets; then the URI of an image leads to Downloaded."""
    assert update.reset() == "2.04"
    assert update.status() == (IDLE, 0)
    assert update.pull(repository.add("image", IMAGE)) == "2.04"
    update.wait(DOWNLOADED)
    assert update.status() == (DOWNLOADED, 0)
    assert update.reset() == "2.04"
    update.wait(IDLE)
    assert update.read(1) == ""


@versions()
def test_1_1_int_760_observe_of_the_state(update, repository):
    """Downloaded is told, however the image has come."""
    for bring in (lambda: update.push(IMAGE).whole(), lambda: update.pull(repository.add("image", IMAGE))):
        state = update.server.observe("/5/0/3", accept=TEXT)
        assert state.answer.text == "0"
        assert bring() == "2.04"
        update.server.wait(lambda: state.messages and state.messages[-1].text == "2", 10, "Downloaded")
        assert update.reset() == "2.04"
        update.server.wait(lambda: state.messages[-1].text == "0", 10, "Idle")
        state.cancel()


def whole_update(update):
    """From Downloaded to the new version, through a reboot."""
    update.back_end.reboots = True
    assert update.running_version() == OLD
    assert update.update() == "2.04"
    update.logind.wait_call("Reboot")
    update.reboot()
    update.wait(IDLE, 1)
    assert update.status() == (IDLE, 1) and update.running_version() == NEW


@versions()
def test_1_1_int_770_whole_update_push(update):
    push = update.push(IMAGE)
    assert [push.block(num).code_text for num in range(push.count)] == ["2.31", "2.31", "2.04"]
    update.wait(DOWNLOADED)
    assert update.shown() == [(IDLE, 0), (DOWNLOADING, 0), (DOWNLOADED, 0)]
    whole_update(update)


@versions()
def test_1_1_int_771_whole_update_pull(update, repository):
    assert update.pull(repository.add("image", IMAGE)) == "2.04"
    update.wait(DOWNLOADED)
    assert update.back_end.packages == [IMAGE]
    whole_update(update)


@versions()
def test_1_1_int_772_update_in_a_wrong_state(update):
    assert update.update() == "4.05"
    assert update.status() == (IDLE, 0)
    assert update.push(IMAGE).blocks(0, 1) == "2.31"
    update.wait(DOWNLOADING)
    assert update.update() == "4.05"
    assert update.status() == (DOWNLOADING, 0)


def fails(update, result, *bring):
    """The Write succeeds, State 1 is told, then the Result alone says what was wrong."""
    assert bring[0](*bring[1:]) == "2.04"
    update.wait(IDLE, result)
    assert update.status() == (IDLE, result)
    assert update.running_version() == OLD and "Install" not in update.back_end.asked()
    update.wait_kept(IMAGE, False)


@versions()
def test_1_1_int_773_not_enough_storage(update, repository):
    fails(update, 2, update.pull, repository.add("image", package(MAX_SIZE + 1)))


@versions()
def test_1_1_int_774_not_enough_memory(update):
    """It is the back end that unpacks."""
    update.back_end.answers["Verify"] = (3, "", "", "512 MiB to unpack, 256 MiB there")
    fails(update, 3, update.push(IMAGE).whole)


@versions()
def test_1_1_int_775_connection_lost(update, repository):
    """In the middle of a push, and of a pull."""
    assert update.push(IMAGE).blocks(0, 2) == "2.31"
    update.wait(DOWNLOADING)
    update.clock.sleep(SILENCE_S + 1)
    update.wait(IDLE, 4)
    assert update.reset() == "2.04"
    update.wait(IDLE)
    assert update.pull(repository.add("image", IMAGE, stall=1024)) == "2.04"
    update.wait(DOWNLOADING)
    repository.wait_asked()
    update.clock.sleep(86400)       # what it is given in all: design.md 14.3
    update.wait(IDLE, 4)
    update.wait_kept(IMAGE, False)


@versions()
def test_1_1_int_776_integrity_check_failed(update):
    update.back_end.answers["Verify"] = (5, "", "", "The signature is by nobody known")
    fails(update, 5, update.push(IMAGE).whole)


@versions()
def test_1_1_int_777_unsupported_package(update):
    update.back_end.answers["Verify"] = (6, "", "", "For another device")
    fails(update, 6, update.push(IMAGE).whole)


@versions()
def test_1_1_int_778_invalid_uri(update, repository):
    for uri in ("http://", "no uri at all", repository.uri("nothing")):
        fails(update, 7, update.pull, uri)
        assert update.reset() == "2.04"


@versions()
def test_1_1_int_779_update_failed(update):
    update.downloaded(IMAGE)
    update.back_end.answers["Install"] = (8, False, "The partition is read-only")
    assert update.update() == "2.04"
    update.wait(IDLE, 8)
    assert update.status() == (IDLE, 8) and update.running_version() == OLD
    update.wait_kept(IMAGE, False)
