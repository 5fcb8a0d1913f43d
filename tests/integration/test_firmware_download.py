# SPDX-License-Identifier: Apache-2.0
"""A package comes as a whole, or an Update Result says why not, whatever the repository does. The daemon's
own download, run by tests/peer/downloader.c."""
import os
import subprocess
import threading

import pytest

from daemon_clock import Clock
from harness import Watched, poll
from repository import HttpRepository, numbered

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

    def wait_received(self, size):
        """Until what the repository has sent so far is there: what comes later is no silence."""
        poll(lambda: os.path.exists(self.path) and os.path.getsize(self.path) == size, timeout=20)

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
        made.append(each)
        return each.start(), clock
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
    run.wait_attempt()
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
def test_six_attempts_at_nobody(http, timed):
    uri = http.add("image", BODY)
    http.close()
    run, clock = timed(uri)
    for number in range(1, 6):
        run.wait_attempt(number)
        clock.sleep(300)
    assert run.result()[0] == LOST


@HTTP
def test_silence_in_the_middle(http, timed):
    run, clock = timed(http.add("image", BODY, stall=100000, times=1))
    run.wait_received(100000)
    clock.sleep(61)
    assert "has sent nothing for 60 s" in run.wait_attempt()
    clock.sleep(20)
    assert run.result()[0] == 0
    assert run.content() == BODY


@HTTP
def test_silence_from_the_start(http, timed):
    run, clock = timed(http.add("image", BODY, drip=(1, 3600)))
    run.wait_received(1)
    clock.sleep(61)
    run.wait_attempt()


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
