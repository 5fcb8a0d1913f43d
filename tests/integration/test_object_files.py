# SPDX-License-Identifier: Apache-2.0
"""Object Instances of the configuration, and their values out of files (interface.md section 2)."""
import os
import re
import stat
import time

import pytest
from jeepney.wrappers import DBusErrorResponse

from harness import FILE_SHIM, NAME, factory_server, settings
from lwm2m_peer import OPAQUE, TEXT, TLV, links, tlv_decode
from test_idle import voluntary_switches

METER = 30000
DEFINITION = """object: 30000
name: Meter
version: "1.0"
multiple: true
resources:
  0: {name: Value, operations: R, type: float, mandatory: true, range: [-50, 150]}
  1: {name: Level, operations: RW, type: integer}
  2: {name: Label, operations: R, type: string}
  3: {name: On, operations: R, type: boolean}
  4: {name: Image, operations: R, type: opaque}
  5: {name: Since, operations: R, type: time}
  6: {name: Count, operations: R, type: unsigned}
  7: {name: Partner, operations: R, type: objlnk}
"""
INTERVAL = 0.1      # seconds, the least there is
OBJECT_LIST = 2.2   # so long after a change, as the beginning is one, the object list is looked at
GONE, BACK = r"/30000/0/0 has no value: ", r"/30000/0/0 has a value again"


class Bench:
    """The daemon with its files, definitions and a server."""

    def __init__(self, daemon, server):
        self.daemon, self.server = daemon, server
        self.folder = os.path.join(daemon.folder, "files")
        self.definitions = os.path.join(daemon.folder, "objects")
        for folder in (self.folder, self.definitions):
            os.mkdir(folder)
        self.define(METER, DEFINITION)
        daemon.arguments = [f"--object-directory={self.definitions}"]

    def define(self, number, text):
        with open(os.path.join(self.definitions, f"{number}.yaml"), "w", encoding="utf-8") as file:
            file.write(text)

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, name, content):
        """As whoever writes such a file should: there is never half a value."""
        with open(self.path(name + ".new"), "wb") as file:
            file.write(content if isinstance(content, bytes) else f"{content}\n".encode())
        os.rename(self.path(name + ".new"), self.path(name))

    def file(self, name, **keys):
        return {"file": self.path(name), "interval": "100ms", **keys}

    def config(self, *instances):
        """Values of /30000/0, /30000/1 ...; None: it is not there."""
        objects = [{"object": METER, "instance": number, "values": values}
                   for number, values in enumerate(instances) if values is not None]
        config = settings(servers=[factory_server(self.server.uri)])
        return {**config, **({"objects": objects} if objects else {})}

    def start(self, *instances):
        self.daemon.start(self.config(*instances))
        registration = self.server.wait_registration()
        self.daemon.wait_property("SubStatus", "idle")
        return registration

    def reload(self, *instances):
        self.daemon.configure(self.config(*instances))
        self.daemon.call("Reload")

    def read(self, path="/30000/0/0", accept=TEXT, **keywords):
        """The value; the code where there is none."""
        answer = self.server.read(path, accept=accept, **keywords)
        return answer.payload.decode() if answer.code_text == "2.05" else answer.code_text

    def resources(self, instance=0):
        """The Resources of an Object Instance that have a value."""
        answer = self.server.read(f"/30000/{instance}", accept=TLV)
        assert answer.code_text == "2.05"
        return list(tlv_decode(answer.payload))

    def read_until(self, wanted, path="/30000/0/0"):
        """As a file that has changed is seen, at the latest when the value is stale."""
        end = time.monotonic() + 10
        while (value := self.read(path)) != wanted:
            assert time.monotonic() < end, f"{path} is {value!r}, not {wanted!r}"

    def set(self, **values):
        self.daemon.call("SetValues", "a(sv)", (list(values.items()),), interface=NAME + ".Objects")

    def get(self, *paths):
        return dict(self.daemon.call("GetValues", "as", (list(paths),), interface=NAME + ".Objects")[0])

    def answers_at_once(self):
        """The bus within 100 ms, as a rule on a busy machine, too; a loop that stood still would hold one
        call up for a second and more."""
        times = []
        for _ in range(9):
            begun = time.monotonic()
            self.daemon.get("Status")
            times.append(time.monotonic() - begun)
        times.sort()
        return times[len(times) // 2] < 0.1 and times[-1] < 1

    def lines(self, pattern):
        return [line for line in self.daemon.lines if pattern in line]


@pytest.fixture
def bench(daemon, server):
    return Bench(daemon, server)


def test_thermal_zone(bench):
    """Read, observed, and nothing at all when nobody asks."""
    bench.put("temp", 48312)
    registration = bench.start({0: bench.file("temp", scale=0.001), 1: 7, 2: "Roof"}, {0: 20.5})
    assert "</30000/0>" in registration.objects and "</30000/1>" in registration.objects
    assert (bench.read(), bench.read("/30000/0/1"), bench.read("/30000/0/2")) == ("48.312", "7", "Roof")
    assert bench.read("/30000/1/0") == "20.5"
    bench.put("temp", 30000)
    time.sleep(INTERVAL)            # stale: whoever asks waits for a fresh one
    assert bench.get("/30000/0") == \
        {"/30000/0/0": ("d", 30.0), "/30000/0/1": ("x", 7), "/30000/0/2": ("s", "Roof")}
    bench.put("temp", -3250)
    time.sleep(INTERVAL)
    assert bench.read() == "-3.25"

    observation = bench.server.observe("/30000/0/0", accept=TEXT)
    assert observation.answer.payload == b"-3.25"
    for number, celsius in enumerate((20, 21, 22), 1):
        bench.put("temp", celsius * 1000)
        assert observation.wait(number).payload == f"{celsius}".encode()
    observation.cancel()
    assert bench.server.write("/30000/0/0", b"1").code_text == "4.05"
    assert bench.server.write("/30000/0/1", b"8").code_text == "2.04" and bench.read("/30000/0/1") == "8"

    bench.put("temp", 99000)        # nobody looks
    time.sleep(OBJECT_LIST)
    before = voluntary_switches(bench.daemon.process)
    time.sleep(30 * INTERVAL)
    assert voluntary_switches(bench.daemon.process) == before
    assert observation.count() == 3 and bench.lines("has no value") == []


def test_each_type(bench):
    """Offset, rounding, and the words of each type."""
    cases = {1: ("2.6", {"scale": 10, "offset": -5}, "21"), 2: (" K\u00f6ln \n", {}, "K\u00f6ln"),
             3: ("1", {}, "1"), 5: ("1769853600", {}, "1769853600"),
             6: ("18446744073709551615", {}, "18446744073709551615"), 7: ("3:0", {}, "3:0")}
    values = {0: 1}
    for number, (content, keys, _) in cases.items():
        bench.put(f"file{number}", content)
        values[number] = bench.file(f"file{number}", **keys)
    bench.put("image", b"\x00\xff\n")
    values[4] = bench.file("image")
    bench.start(dict(sorted(values.items())))
    assert {number: bench.read(f"/30000/0/{number}") for number in cases} == \
        {number: wanted for number, (_, _, wanted) in cases.items()}
    assert bench.server.read("/30000/0/4", accept=OPAQUE).payload == b"\x00\xff\n"
    assert bench.lines("has no value") == []


def test_goes_and_comes(bench):
    """One line each time, and everything beside it stays."""
    fifo = bench.path("fifo")
    os.mkfifo(fifo)
    os.symlink(".", bench.path("folder"))
    cases = [
        (lambda: os.unlink(bench.path("temp")), r"cannot be read \(No such file or directory\)"),
        (lambda: bench.put("temp", "warm"), "does not hold a decimal number"),
        (lambda: bench.put("temp", ""), "does not hold a decimal number"),
        (lambda: bench.put("temp", "151"), "holds a value that is out of the Resource's range"),
        (lambda: bench.put("temp", "1e999"), "holds a number that is out of range"),
        (lambda: bench.put("temp", b"1" * (1 << 20)), "is larger than 4096 bytes"),
        (lambda: os.rename(fifo, bench.path("temp")), "is not a regular file"),
        (lambda: os.rename(bench.path("folder"), bench.path("temp")),
         r"cannot be read \(Is a directory\)"),
    ]
    bench.put("temp", 20)
    bench.put("other", 5)
    bench.start({0: bench.file("temp"), 1: bench.file("other")})
    observation = bench.server.observe("/30000/0", accept=TLV)
    for number, (spoil, reason) in enumerate(cases, 1):
        spoil()
        bench.read_until("4.04")
        line = bench.daemon.wait_event("VALUE_LOST", GONE, number=number)["MESSAGE"]
        assert re.search(r"/files/temp " + reason + r"\.$", line)
        assert bench.resources() == [1] and bench.read("/30000/0/1") == "5"
        for _ in range(3):          # it is looked at over and over, and told once
            time.sleep(INTERVAL)
            assert bench.read() == "4.04"
        assert stat.S_ISFIFO(os.stat(bench.path("temp")).st_mode) if number == 7 else True
        bench.put("temp", 20 + number)
        bench.read_until(f"{20 + number}")
        bench.daemon.wait_event("VALUE_BACK", BACK, number=number)
        assert bench.resources() == [0, 1]
        assert (len(bench.lines("has no value")), len(bench.lines("has a value again"))) == (number, number)
    # Each was told to whom observes what is around it.
    last = observation.wait(2 * len(cases))
    assert list(tlv_decode(last.payload)) == [0, 1]


def test_observation_of_what_goes(bench):
    """That of the Resource has ended when it is back, as RFC 7641 has it."""
    bench.put("temp", 20)
    bench.start({0: bench.file("temp"), 1: 5})
    alone, around = (bench.server.observe(path, accept=TLV) for path in ("/30000/0/0", "/30000/0"))
    os.unlink(bench.path("temp"))
    assert alone.wait(1).code_text == "4.04" and list(tlv_decode(around.wait(1).payload)) == [1]
    bench.put("temp", 21)
    assert list(tlv_decode(around.wait(2).payload)) == [0, 1] and alone.count() == 1


@pytest.mark.limit(90)
def test_slow_and_hung(bench):
    """A driver that takes 2 s, and one that never ends: neither the loop nor other files wait."""
    bench.daemon.environment = {"LD_PRELOAD": FILE_SHIM, "ASAN_OPTIONS": "verify_asan_link_order=0"}
    os.mkfifo(bench.path("hung.release"))
    for name, value in {"slow": 1, "hung": 2, "fast": 3}.items():
        bench.put(name, value)
    begun = time.monotonic()
    bench.start({0: bench.file("hung")}, {0: bench.file("slow")}, {0: bench.file("fast")})
    assert bench.read("/30000/2/0") == "3" and bench.answers_at_once()
    assert bench.read("/30000/1/0") == "1" and time.monotonic() - begun >= 2
    assert bench.lines("has no value") == []

    # The hung one: given up after 9 s, which the other ones do not notice.
    waiting = bench.server.observe("/30000/2/0", accept=TEXT)
    for number in range(1, 6):
        bench.put("fast", 10 + number)
        assert waiting.wait(number).payload == f"{10 + number}".encode()
        assert bench.answers_at_once()
    assert bench.read(timeout=15) == "4.04"
    assert 9 <= time.monotonic() - begun < 30
    assert bench.read() == "4.04" and bench.answers_at_once()    # nobody waits for it any more
    bench.daemon.wait_event("VALUE_LOST", GONE + r"\S+/hung has not been read within 9 s\.$")

    os.close(os.open(bench.path("hung.release"), os.O_WRONLY))
    bench.daemon.wait_event("VALUE_BACK", BACK)
    os.unlink(bench.path("hung.release"))
    bench.put("hung", 4)
    bench.read_until("4")
    assert (len(bench.lines("has no value")), len(bench.lines("has a value again"))) == (1, 1)


def test_stop_while_a_file_hangs(bench):
    bench.daemon.environment = {"LD_PRELOAD": FILE_SHIM, "ASAN_OPTIONS": "verify_asan_link_order=0"}
    os.mkfifo(bench.path("hung.release"))
    bench.put("hung", 1)
    bench.start({0: bench.file("hung")})
    assert bench.daemon.stop() == 0


def test_reload(bench):
    """What stays keeps values and observations; what the file says otherwise changes, and nothing else."""
    bench.put("a", 1)
    bench.put("b", 2)
    registration = bench.start({0: bench.file("a"), 1: 5, 2: "old"}, {0: 30})
    assert bench.server.write("/30000/0/1", b"6").code_text == "2.04"
    value, level, label = (bench.server.observe(f"/30000/0/{number}", accept=TEXT) for number in (0, 1, 2))
    assert [each.answer.payload for each in (value, level, label)] == [b"1", b"6", b"old"]

    # Another constant, nothing else.
    bench.reload({0: bench.file("a"), 1: 5, 2: "new"}, {0: 30})
    assert label.wait(1).payload == b"new"
    assert bench.read("/30000/0/1") == "6"
    # What a script sets, all or nothing, and never what a file holds.
    bench.set(**{"/30000/0/2": ("s", "set"), "/30000/1/0": ("d", 33.5)})
    assert label.wait(2).payload == b"set"
    with pytest.raises(DBusErrorResponse, match="InvalidValue"):
        bench.set(**{"/30000/0/2": ("s", "other"), "/30000/0/0": ("d", 5.0)})
    # Another file, then its scale; a constant that was written meanwhile.
    bench.reload({0: bench.file("b"), 1: 5, 2: "new"}, {0: 30})
    assert value.wait(1).payload == b"2"
    bench.put("b", 3)
    assert value.wait(2).payload == b"3"
    bench.reload({0: bench.file("b", scale=10, offset=1), 1: 7, 2: "new"}, {0: 30})
    assert value.wait(3).payload == b"31" and level.wait(1).payload == b"7"
    assert (bench.read("/30000/0/2"), bench.read("/30000/1/0")) == ("set", "33.5")
    assert (value.count(), level.count(), label.count()) == (3, 1, 2)

    # Instances go and come, with an Update each; the ones that stay do not notice.
    bench.reload({0: bench.file("b", scale=10, offset=1), 1: 7, 2: "new"}, None, {0: 31})
    objects = links(bench.server.wait_update(registration).payload)
    assert "</30000/1>" not in objects and "</30000/2>" in objects
    assert bench.server.read("/30000/1/0").code_text == "4.04" and bench.read("/30000/2/0") == "31"
    bench.put("b", 4)
    assert value.wait(4).payload == b"41"
    # A wrong file changes nothing.
    assert bench.daemon.error_of("Reload") is None
    bench.daemon.configure(bench.config({1: 1}))
    assert bench.daemon.error_of("Reload").endswith("InvalidConfiguration")
    assert bench.read() == "41"
    # The last one goes, and the Object with it.
    bench.reload()
    assert value.wait(5).code_text == "4.04"
    assert "30000" not in str(links(bench.server.wait_update(registration, 2).payload))


def test_observed_file_that_a_reload_brings(bench):
    """It is looked at, though the observation is older."""
    bench.put("a", 1)
    bench.start({0: 5})
    observation = bench.server.observe("/30000/0/0", accept=TEXT)
    bench.reload({0: bench.file("a")})
    assert observation.wait(1).payload == b"1"
    bench.put("a", 2)
    assert observation.wait(2).payload == b"2"


def test_reload_tells_of_a_definition_that_is_in_use(bench):
    """The older one is in force, as long as something of the Object is there; also where that is why the
    configuration is refused."""
    older = r"The definition of Object 30000, 30000\.yaml, has changed: the older one stays in force"
    bench.start({0: 5})
    bench.reload({0: 6})
    bench.daemon.wait_log("The configuration .* is in force")
    assert not bench.lines("older one stays in force")
    bench.define(METER, DEFINITION + "  8: {name: More, operations: R, type: integer}\n")
    bench.reload({0: 7})
    bench.daemon.wait_event("DEFINITION_OLDER", older, path="/30000")
    bench.daemon.configure(bench.config({0: 7, 8: 1}))
    assert bench.daemon.error_of("Reload").endswith("InvalidConfiguration")
    bench.daemon.wait_event("DEFINITION_OLDER", older, number=2)
    bench.reload()
    bench.reload({0: 7, 8: 1})
    bench.read_until("1", "/30000/0/8")
    assert len(bench.lines("older one stays in force")) == 2, "the new one is in force"


def test_object_that_changes_hands(bench):
    """The client's own Connectivity Monitoring and one of the configuration, in the same place."""
    bench.define(4, 'object: 4\nname: Link\nversion: "1.0"\nresources:\n'
                    '  2: {name: Strength, operations: R, type: integer, mandatory: true}\n')
    own = bench.config()
    ours = {**own, "connectivity_monitoring": False,
            "objects": [{"object": 4, "instance": 0, "values": {2: -77}}]}
    bench.daemon.start(ours)
    bench.server.wait_registration()
    assert bench.read("/4/0/2") == "-77" and bench.read("/4/0/0") == "4.04"
    bench.daemon.configure(own)
    bench.daemon.call("Reload")
    assert bench.read("/4/0/2") != "-77" and bench.read("/4/0/0") != "4.04"
    bench.daemon.configure(ours)
    bench.daemon.call("Reload")
    assert bench.read("/4/0/2") == "-77" and bench.read("/4/0/0") == "4.04"
    assert bench.lines("cannot be") == []
