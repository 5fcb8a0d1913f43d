# SPDX-License-Identifier: Apache-2.0
"""A package comes as a whole, or an Update Result says why not, whatever the repository does. The daemon's
own download, run by tests/peer/downloader.c."""
import os
import re
import subprocess
import threading

import pytest

from daemon_clock import Clock
from dtls_peer import certificate_modes
from harness import Watched
from repository import CoapRepository, HttpRepository, numbered

DOWNLOADER = os.environ.get("LWM2M_DOWNLOADER", "downloader")
HTTP = pytest.mark.skipif(os.environ.get("LWM2M_FIRMWARE_HTTP") == "0", reason="built without libcurl")
MIB = 1024 * 1024
BODY = bytes(range(251)) * 1200     # 300 KB, which begin anew nowhere
SPACE, LOST, URI, PROTOCOL = 2, 4, 7, 9
DAY = 24 * 3600


class Download(Watched):
    """One run. `begun` is what was told of each beginning: (total, offset, validator)."""

    def __init__(self, folder, uri, environment=None, **options):
        super().__init__()
        self.folder, self.path = str(folder), os.path.join(folder, "package")
        self.environment = environment or {}
        self.words = [DOWNLOADER, uri, self.path, *(f"{name}={value}" for name, value in options.items())]
        self.lines, self.begun, self.process = [], [], None

    def start(self):
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **self.environment},
                                        stderr=subprocess.STDOUT)
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def _read(self):
        for line in self.process.stdout:
            with self.condition:
                self.lines.append(line.rstrip("\n"))
                if line.startswith("begun "):
                    total, offset, *validator = line.split(maxsplit=3)[1:]
                    self.begun.append((int(total), int(offset), "".join(validator).rstrip("\n")))
                self.condition.notify_all()

    def explain(self):
        return f"\n{self.lines}"

    def wait(self, word, number=1):
        """What is said behind the number-th such word."""
        def found():
            lines = [line for line in self.lines if line.split(" ")[0] == word]
            return lines[number - 1] if len(lines) >= number else None
        return self.await_(found, 20, f"line {number} of {word!r}").partition(" ")[2]

    def wait_attempt(self, number=1):
        """Until the number-th attempt has failed and another one is to come: why."""
        def found():
            lines = [line for line in self.lines if "The download goes on in" in line]
            return lines[number - 1] if len(lines) >= number else None
        return self.await_(found, 20, f"attempt {number}")

    def wait_silence(self, clock):
        """Until an attempt has failed, while time goes by: why."""
        for _ in range(40):
            if lines := [line for line in self.lines if "The download goes on in" in line]:
                return lines[0]
            clock.sleep(61)
            with self.condition:
                self.condition.wait(0.5)
        raise TimeoutError(f"no attempt has failed{self.explain()}")

    def result(self):
        """(Update Result, sentence)"""
        result, _, text = self.wait("ended").split(" ", 2)
        return int(result), text

    def say(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def content(self):
        with open(self.path, "rb") as file:
            return file.read()

    def end(self):
        """Without a complaint of a sanitizer."""
        self.process.stdin.close()
        assert self.process.wait(20) == 0, self.explain()


@pytest.fixture
def download(tmp_path):
    made = []

    def run(uri, **options):
        made.append(Download(tmp_path, uri, **options))
        return made[-1].start()
    yield run
    for each in made:
        each.end()


@pytest.fixture
def timed(tmp_path):
    """The same on a clock of its own: (download, clock)."""
    made = []

    def run(uri, **options):
        each = Download(tmp_path, uri, **options)
        clock = Clock(each)
        made.append(each.start())
        each.wait("started")
        return each, clock
    yield run
    for each in made:
        each.end()


@pytest.fixture
def http():
    with HttpRepository() as repository:
        yield repository


@HTTP
def test_a_package_comes_as_it_is(http, download):
    run = download(http.add("image", BODY))
    assert run.result()[0] == 0
    assert run.content() == BODY
    assert run.begun == [(len(BODY), 0, '"1"')]


@HTTP
def test_an_empty_package_is_one(http, download):
    run = download(http.add("image", b""))
    assert run.result()[0] == 0
    assert run.begun == [(0, 0, '"1"')]


@HTTP
def test_one_whose_size_nobody_says(http, download):
    run = download(http.add("image", BODY, total=None))
    assert run.result()[0] == 0
    assert run.content() == BODY
    assert run.begun[0][0] == 0


@HTTP
def test_a_name_is_resolved_by_us(http, download):
    run = download(http.add("image", BODY).replace("127.0.0.1", "localhost"))
    assert run.result()[0] == 0
    assert http.requests[0][1]["Host"] == f"localhost:{http.port}"


@HTTP
def test_it_says_who_it_is_and_nothing_else(http, download):
    assert download(http.add("image", BODY) + "?key=secret").result()[0] == 0
    path, headers = http.requests[0]
    assert path == "/image?key=secret"
    assert set(headers) == {"Host", "User-Agent", "Accept"}
    assert headers["User-Agent"].startswith("lwm2m-client/")


@HTTP
def test_the_environment_has_no_say(http, download):
    run = download(http.add("image", BODY), environment={
        "http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1", "HOME": "/nonexistent"})
    assert run.result()[0] == 0


@HTTP
def test_user_and_query_are_never_shown(http, download):
    uri = http.add("image", BODY, status=404).replace("//", "//user:word@")
    run = download(uri + "?token=hidden")
    result, text = run.result()
    assert result == URI and "404" in text and "http://127.0.0.1" in text
    assert http.requests[0][1]["Authorization"].startswith("Basic ")
    assert not [line for line in run.lines if "word" in line or "hidden" in line]


@HTTP
def test_it_goes_on_where_it_stopped(http, timed):
    run, clock = timed(http.add("image", BODY, cut=100000, times=1))
    run.wait_attempt()
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY
    assert run.begun == [(len(BODY), 0, '"1"'), (len(BODY), run.begun[1][1], '"1"')]
    assert 0 < run.begun[1][1] <= 100000
    assert http.requests[1][1]["If-Range"] == '"1"'


@HTTP
def test_an_interim_answer_is_none(http, timed):
    run, clock = timed(http.add("image", BODY, times=1, interim=True))
    assert "has not sent the whole package" in run.wait_attempt()
    clock.sleep(20)
    assert run.result()[0] == 0


@HTTP
def test_a_part_of_the_rest_is_not_all(http, timed, tmp_path):
    """A repository may answer a Range with less than was asked for (RFC 9110, 15.3.7)."""
    (tmp_path / "package").write_bytes(BODY[:65536])
    run, clock = timed(http.add("image", BODY, part=len(BODY) // 2), offset=65536, validator='"1"')
    assert "has sent a part: 216136 of 301200 bytes are there." in run.wait_attempt()
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY


@HTTP
def test_more_than_the_rest_is_none(http, timed, tmp_path):
    (tmp_path / "package").write_bytes(BODY[:65536])
    run, clock = timed(http.add("image", BODY, times=1, more=500), offset=65536, validator='"1"')
    assert "has sent more than the 301200 bytes that it has announced." in run.wait_attempt()
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY


@HTTP
def test_also_after_a_restart(http, download, tmp_path):
    (tmp_path / "package").write_bytes(BODY[:65536] + b"not of it")
    run = download(http.add("image", BODY), offset=65536, validator='"1"')
    assert run.result()[0] == 0
    assert run.content() == BODY
    assert run.begun == [(len(BODY), 65536, '"1"')]


@HTTP
def test_by_last_modified(http, timed):
    date = "Sat, 28 Nov 2026 12:00:00 GMT"
    run, clock = timed(http.add("image", BODY, cut=100000, etag=None, date=date, times=1))
    http.packages["image"].faults.update(etag=None)
    run.wait_attempt()
    http.packages["image"].left, http.packages["image"].faults = None, {"etag": None, "date": date}
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY
    assert run.begun[1][1] > 0
    assert http.requests[1][1]["If-Range"] == date


@HTTP
@pytest.mark.parametrize("faults", [{"etag": numbered()}, {"etag": None}, {"whole": True}, {"etag": 'W/"1"'},
                                    {"etag": '"' + "x" * 300 + '"'}])
def test_from_the_start_where_it_may_be_another_package(http, timed, faults):
    run, clock = timed(http.add("image", BODY, **faults))
    http.packages["image"].faults = {**faults, "cut": 100000}
    run.wait_attempt()
    http.packages["image"].faults = faults
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY
    assert run.begun[1][:2] == (len(BODY), 0)


@HTTP
def test_a_shorter_one_than_what_is_there(http, download):
    """416: there is nothing to go on with."""
    run = download(http.add("image", BODY, etag='"2"'), offset=len(BODY) + 1, validator='"1"')
    assert run.result()[0] == 0
    assert run.begun == [(len(BODY), 0, '"2"')]


@HTTP
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 204, 206, 304, 300])
def test_what_it_refuses_it_is_asked_once(http, download, status):
    result, text = download(http.add("image", b"", status=status)).result()
    assert result == URI
    assert str(status) in text or status == 206
    assert len(http.requests) == 1


@HTTP
@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_pass_it_is_asked_again(http, timed, status):
    run, clock = timed(http.add("image", BODY, status=status, times=1))
    assert str(status) in run.wait_attempt()
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY


@HTTP
def test_it_may_ask_for_time(http, timed):
    run, clock = timed(http.add("image", BODY, status=503, retry="600", times=1))
    pause = int(re.search(r"goes on in (\d+) s", run.wait_attempt())[1])
    assert 600 <= pause < 900
    clock.sleep(590)
    assert len(http.requests) == 1
    clock.sleep(400)
    assert run.result()[0] == 0


@HTTP
def test_six_attempts_and_no_more(http, timed):
    run, clock = timed(http.add("image", BODY, status=503))
    for number in range(1, 6):
        run.wait_attempt(number)
        clock.sleep(300)
    result, text = run.result()
    assert result == LOST and "503" in text
    assert len(http.requests) == 6


@HTTP
def test_six_attempts_at_nobody(timed):
    with HttpRepository() as gone:
        uri = gone.add("image", BODY)
    run, clock = timed(uri)
    for number in range(1, 6):
        run.wait_attempt(number)
        clock.sleep(300)
    assert run.result()[0] == LOST


@HTTP
def test_silence_in_the_middle(http, timed):
    run, clock = timed(http.add("image", BODY, stall=100000, times=1))
    run.wait("begun")
    assert "has sent nothing for 60 s" in run.wait_silence(clock)
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY


@HTTP
def test_silence_from_the_start(http, timed):
    run, clock = timed(http.add("image", BODY, drip=(1, 3600)))
    http.wait_asked()
    assert "has sent nothing for 60 s" in run.wait_silence(clock)


@HTTP
def test_a_new_network_ends_the_pause(http, timed):
    run, _ = timed(http.add("image", BODY, cut=100000, times=1))
    run.wait_attempt()
    run.say("network")
    assert run.result()[0] == 0


@HTTP
def test_a_day_in_all(http, timed):
    run, clock = timed(http.add("image", BODY, drip=(1000, 0.05)), elapsed=DAY - 100)
    run.wait("begun")
    clock.sleep(101)
    result, text = run.result()
    assert result == LOST and "24 h" in text


@HTTP
@pytest.mark.parametrize("faults", [{}, {"total": None}, {"endless": True}])
def test_larger_than_it_may_be(http, download, faults):
    run = download(http.add("image", BODY, **faults), max=len(BODY) - 1)
    result, text = run.result()
    assert result == SPACE and "max_size" in text
    assert len(run.content()) < len(BODY)
    assert len(http.requests) == 1


@HTTP
def test_as_large_as_it_may_be(http, download):
    assert download(http.add("image", BODY, total=None), max=len(BODY)).result()[0] == 0


@HTTP
def test_five_redirects(http, download):
    uri = http.add("image", BODY)
    for name in "abcde":
        uri = http.add(name, location=uri if name != "c" else uri.removeprefix(http.root))
    run = download(uri)
    assert run.result()[0] == 0
    assert run.content() == BODY
    assert len(http.requests) == 6


@HTTP
@pytest.mark.parametrize("location", ["/image", "ftp://127.0.0.1/image", "file:///etc/passwd", "http://",
                                      ""])
def test_redirects_to_nowhere(http, download, location):
    result, _ = download(http.add("image", location=location)).result()
    assert result in (URI, PROTOCOL)
    assert len(http.requests) <= 6


@HTTP
def test_what_a_redirect_has_is_made_printable(http, download):
    """Nor is a password shown whose "/" nobody has encoded."""
    _, text = download(http.add("image", location="http://127.0.0.1/\xff\x7f")).result()
    assert text.isprintable() and text.isascii() and "http://127.0.0.1/?" in text
    _, text = download(http.add("image", location="http://user:wo/rd@127.0.0.1/")).result()
    assert "user" not in text and "rd" not in text


@HTTP
def test_a_user_is_not_handed_on(http, download):
    with HttpRepository() as other:
        uri = http.add("image", location=other.add("image", BODY))
        assert download(uri.replace("//", "//user:word@")).result()[0] == 0
        assert "Authorization" not in other.requests[0][1]


@HTTP
def test_the_disk_holds_it_up(http, timed):
    body = BODY * 40
    run, clock = timed(http.add("image", body), hold=100000)
    received = int(run.wait("held"))
    clock.sleep(3600)   # nobody's silence but ours
    assert int(run.wait("held")) == received
    run.say("resume")
    assert run.result()[0] == 0
    assert run.content() == body
    assert len(http.requests) == 1


@HTTP
def test_each_piece_is_waited_for(http, download):
    run = download(http.add("image", BODY), hold="each")
    assert run.result()[0] == 0
    assert run.content() == BODY


@HTTP
@pytest.mark.parametrize("stop", ["begun", "100000", "ended"])
def test_it_is_ended_where_it_tells_something(http, download, stop):
    run = download(http.add("image", BODY), stop=stop)
    run.wait("freed")
    assert len(http.requests) == 1


@HTTP
def test_it_is_ended_while_it_waits(http, download):
    run = download(http.add("image", BODY, stall=100000))
    run.wait("begun")
    run.say("free")
    run.wait("freed")
    again = download(http.add("other", BODY, status=503))
    again.wait_attempt()
    again.say("free")
    again.wait("freed")


@HTTP
def test_https_with_a_ca_that_is_trusted(pki, download):
    server = pki.issue("localhost", pki.intermediate, names=["localhost"])
    with HttpRepository(server, pki.intermediate) as https:
        run = download(https.add("image", BODY), trust=pki.root.certificate_file)
        assert run.result()[0] == 0
        assert run.content() == BODY


@HTTP
@pytest.mark.parametrize("names, trust", [(["localhost"], "system"), (["localhost"], "none"),
                                          (["localhost"], "/nonexistent"), (["other"], None)])
def test_https_with_one_that_is_not(pki, download, names, trust):
    server = pki.issue("wrong" if trust is None else "right", pki.intermediate, names=names)
    with HttpRepository(server, pki.intermediate) as https:
        result, text = download(https.add("image", BODY), trust=trust or pki.root.certificate_file).result()
        assert result == LOST and "not trusted" in text
        assert not https.requests


@HTTP
def test_https_never_leads_to_http(pki, http, download):
    server = pki.issue("localhost", pki.intermediate, names=["localhost"])
    with HttpRepository(server, pki.intermediate) as https:
        run = download(https.add("image", location=http.add("image", BODY)),
                       trust=pki.root.certificate_file)
        result, text = run.result()
        assert result == URI and "https" in text
        assert not http.requests


@pytest.fixture
def coap():
    with CoapRepository() as repository:
        yield repository


@pytest.mark.parametrize("size", [0, 1, 16, 1024, 1025, 100000, 257 * 1024])
def test_coap_brings_a_package_as_it_is(coap, download, size):
    body = (BODY)[:size]
    run = download(coap.add("image", body))
    assert run.result()[0] == 0
    assert run.content() == body
    assert run.begun == [(size, 0, b'"1"'.hex())]


@pytest.mark.parametrize("block", [16, 64, 512])
def test_coap_in_blocks_of_the_repository(coap, download, block):
    run = download(coap.add("image", BODY[:10000], size=block))
    assert run.result()[0] == 0
    assert run.content() == BODY[:10000]


def test_coap_of_a_size_that_nobody_says(coap, download):
    run = download(coap.add("image", BODY[:30000], total=None))
    assert run.result()[0] == 0
    assert run.content() == BODY[:30000]
    assert run.begun[0][0] == 0


def test_coap_says_the_path_and_the_query(coap, download):
    asked = []
    handle = coap.server.handle
    coap.server.handle = lambda session, message: asked.append(message) or handle(session, message)
    run = download(coap.add("image", BODY[:3000]) + "?token=hidden&b")
    assert run.result()[0] == 0
    assert all([value for number, value in each.options if number == 15] == [b"token=hidden", b"b"]
               for each in asked)
    assert not [line for line in run.lines if "hidden" in line]


@pytest.mark.parametrize("cut", [100000, 100 * 1024])
def test_coap_goes_on_where_it_stopped(coap, timed, cut):
    run, clock = timed(coap.add("image", BODY, cut=cut))
    assert "5.03" in run.wait_attempt()
    coap.packages["image"].faults = {}
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY
    assert run.begun[1][1] == cut // 1024 * 1024


def test_coap_goes_on_inside_a_block(coap, download, tmp_path):
    (tmp_path / "package").write_bytes(BODY[:5000] + b"not of it")
    run = download(coap.add("image", BODY[:20000]), offset=5000, validator=b'"1"'.hex())
    assert run.result()[0] == 0
    assert run.content() == BODY[:20000]
    assert run.begun == [(20000, 5000, b'"1"'.hex())]


@pytest.mark.parametrize("validator", [b'"2"'.hex(), "", "no hex", "00" * 9])
def test_coap_from_the_start_where_it_may_be_another(coap, download, validator):
    run = download(coap.add("image", BODY[:20000]), offset=5000, validator=validator)
    assert run.result()[0] == 0
    assert run.content() == BODY[:20000]
    assert run.begun == [(20000, 0, b'"1"'.hex())]


def test_coap_of_a_package_that_changes_on_the_way(coap, timed):
    run, clock = timed(coap.add("image", BODY[:20000], etag=numbered()))
    run.wait_attempt()
    coap.packages["image"].faults = {}
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY[:20000]


@pytest.mark.parametrize("status", ["4.00", "4.01", "4.03", "4.04", "4.05", "4.06", "2.04"])
def test_what_coap_refuses_it_is_asked_once(coap, download, status):
    result, text = download(coap.add("image", b"", status=status)).result()
    assert result == URI and status in text
    assert len(coap.asked) == 1


@pytest.mark.parametrize("status", ["5.00", "5.03", "4.08", "4.29"])
def test_what_may_pass_coap_is_asked_again(coap, timed, status):
    run, clock = timed(coap.add("image", BODY[:5000], status=status))
    assert status in run.wait_attempt()
    coap.packages["image"].faults = {}
    clock.sleep(20)
    assert run.result()[0] == 0


def test_coap_and_silence(coap, timed):
    run, clock = timed(coap.add("image", BODY[:20000], stall=10000))
    run.wait("begun")
    assert "has sent nothing for 60 s" in run.wait_silence(clock)
    coap.packages["image"].faults = {}
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY[:20000]
    assert run.begun[1][1] > 0


def test_coap_at_nobody(timed):
    with CoapRepository() as gone:
        uri = gone.add("image", BODY)
    run, clock = timed(uri)
    for number in range(1, 6):
        run.wait_attempt(number)
        clock.sleep(300)
    result, text = run.result()
    assert result == LOST and "refused the connection" in text


@pytest.mark.parametrize("faults", [{}, {"total": None}, {"endless": True}])
def test_coap_larger_than_it_may_be(coap, download, faults):
    run = download(coap.add("image", BODY[:20000], **faults), max=19999)
    result, text = run.result()
    assert result == SPACE and "max_size" in text
    assert len(run.content()) < 20000


@pytest.mark.parametrize("stop", ["begun", "10000", "20000", "ended"])
def test_coap_is_ended_where_it_tells_something(coap, download, stop):
    download(coap.add("image", BODY[:20000]), stop=stop).wait("freed")


def test_coap_waits_for_the_disk(coap, timed):
    run, clock = timed(coap.add("image", BODY[:20000]), hold=5000)
    run.wait("held")
    clock.sleep(3600)
    run.say("resume")
    assert run.result()[0] == 0
    assert run.content() == BODY[:20000]
    assert len(coap.asked) == 2     # the opening, and the package


def test_coap_waits_for_each_piece_and_at_the_end(coap, download):
    run = download(coap.add("image", BODY[:20000]), hold="each")
    assert run.result()[0] == 0
    assert run.content() == BODY[:20000]


KEY = "0123456789abcdef"


def behind_dtls(coap, peers, identity="", key="", *modes):
    coap.root = peers.terminator(coap.port, identity, key.encode().hex(), *modes).uri
    return coap.add("image", BODY[:20000])


def test_coaps_with_a_key(coap, peers, download):
    run = download(behind_dtls(coap, peers, "repository", KEY), psk=f"repository:{KEY}")
    assert run.result()[0] == 0
    assert run.content() == BODY[:20000]


def test_coaps_with_another_key(coap, peers, timed):
    run, clock = timed(behind_dtls(coap, peers, "repository", "another one"), psk=f"repository:{KEY}")
    run.wait_silence(clock)
    assert not coap.asked


def test_coaps_with_a_ca_that_is_trusted(coap, peers, pki, download):
    server = pki.issue("here", pki.intermediate, names=["127.0.0.1"])
    run = download(behind_dtls(coap, peers, "", "", *certificate_modes(server, pki.intermediate)),
                   trust=pki.root.certificate_file)
    assert run.result()[0] == 0
    assert run.content() == BODY[:20000]


@pytest.mark.parametrize("trust", ["none", "/nonexistent", None])
def test_coaps_with_one_that_is_not(coap, peers, pki, download, trust):
    names = ["elsewhere.example"] if trust is None else ["127.0.0.1"]
    server = pki.issue(f"not-{trust is None}", pki.intermediate, names=names)
    result, text = download(behind_dtls(coap, peers, "", "", *certificate_modes(server, pki.intermediate)),
                            trust=trust or pki.root.certificate_file).result()
    assert result == LOST and ("the server showed" in text or "trust store" in text)
    assert not coap.asked
