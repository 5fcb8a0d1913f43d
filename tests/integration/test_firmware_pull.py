# SPDX-License-Identifier: Apache-2.0
"""A package that the client fetches from the URI of /5/0/1: by each scheme, with and without credentials,
interrupted and gone on with, refused, too large, endless. What a repository may do to a download shows
test_firmware_download.py; here it is what the server and the operator see of it."""
import pytest

from dtls_peer import certificate_modes
from firmware import DOWNLOADED, DOWNLOADING, IDLE, MAX_SIZE, NEW, OLD, package
from harness import factory_server, psk
from lwm2m_peer import TLV, tlv_decode
from oma import versions
from repository import HttpRepository

BODY = package(40000)
SECRET = "correct-horse-battery-staple"
AGAIN = "The download goes on in"
ATTEMPT_S = 60          # without a byte: design.md 14.3


@pytest.fixture(params=["http", "coap"])
def store(request, repository, coap_repository):
    return repository if request.param == "http" else coap_repository


def fetched(firmware, uri, body=BODY, timeout=15.0):
    """By this URI the back end gets this package; then the Object is reset."""
    number = len(firmware.back_end.packages)
    assert firmware.pull(uri) == "2.04"
    firmware.wait(DOWNLOADED, timeout=timeout)
    assert firmware.back_end.packages[number:] == [body]
    assert firmware.reset() == "2.04"
    firmware.wait(IDLE)
    if len(body) >= 16:     # fewer are in any file
        firmware.wait_kept(body, False)


def failed(firmware, uri, result, timeout=15.0):
    """The Write succeeds, and the Result says what was wrong; the sentence of D-Bus is returned."""
    asked = firmware.back_end.asked()
    assert firmware.pull(uri) == "2.04"
    firmware.wait(IDLE, result, timeout)
    firmware.wait_kept(BODY, False)
    assert firmware.back_end.asked() == asked and firmware.running_version() == OLD
    return firmware.wait_property("ResultText", lambda text: text != "")


# --- each scheme -------------------------------------------------------------------------------------------


def test_every_length(firmware, store):
    """One byte, a block, a multiple of it, and more than one write to the disk."""
    for length in (1, 1023, 1024, 1025, 4096, 16384, 40000):
        body = package(length, length)
        fetched(firmware, store.add(f"image{length}", body), body)


def test_whole_update(firmware, store):
    assert firmware.pull(store.add("image", BODY)) == "2.04"
    firmware.wait(DOWNLOADED)
    assert set(firmware.shown()) <= {(IDLE, 0), (DOWNLOADING, 0), (DOWNLOADED, 0)}
    assert firmware.update() == "2.04"
    firmware.wait(IDLE, 1)
    assert firmware.running_version() == NEW
    firmware.wait_kept(BODY, False)


def test_https(make_firmware, pki):
    """The server's certificate leads to trust_store, and has the name of the URI; else Result 4."""
    firmware = make_firmware()
    firmware.config["trust_store"] = pki.root.certificate_file
    firmware.start()
    with HttpRepository(pki.localhost, pki.intermediate) as repository:
        fetched(firmware, repository.add("image", BODY))
        repository.root = repository.root.replace("localhost", "127.0.0.1")
        failed(firmware, repository.add("image", BODY), 4, 30)


@pytest.mark.parametrize("whose", ["account", "configuration", "nobody"])
def test_coaps(make_firmware, peers, coap_repository, pki, whose):
    """Keys: those of the account whose URI names this host and port, else those of firmware_update.
    credentials, else none, and the server's certificate is looked at."""
    firmware = make_firmware()
    if whose == "nobody":
        front = peers.terminator(coap_repository.port, "", "",
                                 *certificate_modes(pki.localhost, pki.intermediate))
        firmware.config["trust_store"] = pki.root.certificate_file
        coap_repository.root = f"coaps://localhost:{front.port}"
    else:
        front = peers.terminator(coap_repository.port, "who", "00112233445566778899aabbccddeeff")
        coap_repository.root = front.uri
        if whose == "configuration":
            firmware.config["firmware_update"]["credentials"] = {
                "identity": "who", "key_hex": "00112233445566778899aabbccddeeff"}
        else:
            firmware.config["servers"].append(
                factory_server(front.uri, 2) | psk(front.uri, "who", "00112233445566778899aabbccddeeff"))
    firmware.start()
    fetched(firmware, coap_repository.add("image", BODY))


@versions()
def test_what_is_supported(make_firmware, version):
    """Protocol Support has what was built in, and Delivery Method is both."""
    firmware = make_firmware(version=version).start()
    values = tlv_decode(firmware.server.read("/5/0", accept=TLV).payload)
    protocols = sorted(int.from_bytes(each, "big") for each in values[8].values())
    assert protocols in ([0, 1], [0, 1, 2, 3]) and values[9] == b"\x02"


# --- gone on with ------------------------------------------------------------------------------------------


def test_gone_on_with(firmware, repository):
    """Hung up in the middle: the rest is asked for, while the ETag is the same."""
    uri = repository.add("image", BODY, cut=20000, times=1)
    assert firmware.pull(uri) == "2.04"
    repository.wait_asked()
    firmware.daemon.wait_log(AGAIN)
    firmware.clock.sleep(600)
    firmware.wait(DOWNLOADED)
    (_, first), (_, second) = repository.asked
    assert first == 0 and 0 < second <= 20000
    assert repository.requests[1][1]["If-Range"] == '"1"'


def test_killed_in_the_middle(firmware, store):
    """It goes on by itself, from the beginning where nothing was recorded."""
    uri = store.add("image", BODY, stall=20480)
    assert firmware.pull(uri) == "2.04"
    firmware.wait(DOWNLOADING)
    store.wait_asked()
    firmware.kill()
    store.packages["image"].left = 0
    firmware.start()
    firmware.wait(DOWNLOADED, timeout=30)
    assert firmware.back_end.packages == [BODY]
    assert firmware.read(1) == uri


def test_stalled(firmware, store):
    """60 s without a byte end an attempt, and the next one goes on."""
    uri = store.add("image", BODY, stall=20480)
    assert firmware.pull(uri) == "2.04"
    store.wait_asked()
    firmware.wait_property("ReceivedBytes", lambda value: value > 0)
    firmware.clock.sleep(ATTEMPT_S + 1)     # the attempt ends
    firmware.daemon.wait_log(AGAIN)
    store.packages["image"].left = 0        # it is well again
    firmware.clock.sleep(600)               # and the next attempt begins
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY]


# --- refused -----------------------------------------------------------------------------------------------


def test_7_4xx(firmware, repository, coap_repository):
    """At once: who is told so does not ask again."""
    for store, codes in ((repository, [400, 401, 403, 404, 410]),
                         (coap_repository, ["4.00", "4.01", "4.03", "4.04"])):
        for status in codes:
            text = failed(firmware, store.add("image", status=status), 7)
            assert str(status) in text and "127.0.0.1" in text
            assert firmware.reset() == "2.04"
            firmware.wait(IDLE)
        assert len(store.asked) == len(codes)


def test_4_http_5xx(firmware, repository):
    """One attempt and five more; what lies between them is skipped."""
    assert firmware.pull(repository.add("image", status=503)) == "2.04"
    for number in range(1, 6):
        firmware.daemon.wait_log(AGAIN, number=number)
        # Who looks meanwhile sees why nothing comes.
        firmware.wait_property("ResultText", lambda text: "503" in text and text.endswith("tried again."))
        firmware.clock.sleep(600)
    firmware.wait(IDLE, 4)
    firmware.wait_kept(BODY, False)
    assert len(repository.asked) == 6


def test_5xx_that_passes(firmware, repository):
    assert firmware.pull(repository.add("image", BODY, status=503, times=2)) == "2.04"
    for number in (1, 2):
        firmware.daemon.wait_log(AGAIN, number=number)
        firmware.clock.sleep(600)
    firmware.wait(DOWNLOADED)
    firmware.wait_property("ResultText", "")
    assert len(repository.asked) == 3


def test_2_too_large(make_firmware, store):
    """By what it says, and by what comes where it says nothing."""
    firmware = make_firmware(max_size=MAX_SIZE).start()
    body = package(MAX_SIZE + 1)
    for faults in ({}, {"total": None}, {"endless": True}):
        text = failed(firmware, store.add("image", body, **faults), 2)
        assert "max_size" in text, text
        assert firmware.reset() == "2.04"
        firmware.wait(IDLE)


def test_max_size_exactly(make_firmware, store):
    firmware = make_firmware(max_size=MAX_SIZE).start()
    body = package(MAX_SIZE)
    fetched(firmware, store.add("image", body), body)


def test_empty_package(firmware, store):
    """No byte is no package; nor is it the reset that a server may write."""
    assert "empty" in failed(firmware, store.add("image", b""), 5)


# --- meanwhile ---------------------------------------------------------------------------------------------


def test_slow_repository_delays_nobody(firmware, store):
    """A drip of bytes: Reads are answered, State is 1; then an end by each way."""
    for end in (firmware.reset, firmware.cancel):
        uri = store.add("image", BODY, drip=(1024, 0.2))
        assert firmware.pull(uri) == "2.04"
        firmware.wait(DOWNLOADING)
        for _ in range(5):
            assert firmware.server.read("/3/0", timeout=1).code_text == "2.05"
        assert firmware.status() == (DOWNLOADING, 0)
        assert firmware.update() == "4.05"
        assert firmware.pull(uri) == "4.05"
        assert firmware.push(BODY).block(0).code_text == "4.05"
        assert end() == "2.04"
        firmware.server.wait(lambda: firmware.shown()[-1][0] == IDLE, 5, "end")
        firmware.wait_kept(BODY, False)
        if end == firmware.cancel:
            assert firmware.status() == (IDLE, 10)
        assert firmware.reset() == "2.04"


def test_bytes_and_uri_on_the_bus(firmware, repository):
    """Without userinfo and query; a secret in them is nowhere in the journal."""
    uri = repository.add("image", BODY, stall=20480).replace("http://", f"http://who:{SECRET}@")
    assert firmware.pull(uri + f"?token={SECRET}") == "2.04"
    firmware.wait_property("State", "downloading")
    firmware.wait_property("ReceivedBytes", lambda value: value > 0)
    assert firmware.get("TotalBytes") == len(BODY)
    assert firmware.get("PackageURI") == repository.uri("image")
    assert firmware.read(1) == uri + f"?token={SECRET}"     # the server's own words
    assert f"/image?token={SECRET}" in [path for path, _ in repository.requests]
    firmware.kill()
    firmware.start()
    firmware.wait_property("PackageURI", repository.uri("image"))
    assert firmware.reset() == "2.04"
    assert all(SECRET not in line for line in firmware.daemon.lines)


def test_reload_in_the_middle(firmware, repository):
    """A Reload that changes nothing of it disturbs no download."""
    assert firmware.pull(repository.add("image", BODY, drip=(4096, 0.1))) == "2.04"
    repository.wait_asked()
    firmware.config["device"]["manufacturer"] = "Another"
    firmware.daemon.configure(firmware.config)
    firmware.daemon.call("Reload")
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.packages == [BODY]


def test_two_packages_after_each_other(firmware, repository):
    """The second is another one, by the same URI."""
    fetched(firmware, repository.add("image", BODY))
    fetched(firmware, repository.add("image", package(5000, 2), etag='"2"'), package(5000, 2))
