# SPDX-License-Identifier: Apache-2.0
"""lwm2mctl on a real pseudo-terminal with an emulator behind it: colours, and the live monitor."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pyte
import pytest
from jeepney import DBusAddress, HeaderFields, new_method_call
from jeepney.wrappers import unwrap_msg

from harness import CTL, HASTY_COAP, factory_server, settings
from lwm2m_peer import POST, Answer, account, code, finish

ROWS, COLUMNS = 30, 100


class Terminal:
    """What a user sees of a program, and types."""

    def __init__(self, bus, *words, rows=ROWS, columns=COLUMNS, **environment):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm", **environment}
        self.process = subprocess.Popen(
            [CTL, f"--address={bus.address}", *words], stdin=slave, stdout=slave, stderr=slave,
            env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.bytes = b""

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text)

    def read(self, timeout=0.1):
        if select.select([self.master], [], [], timeout)[0]:
            data = os.read(self.master, 65536)
            self.bytes += data
            self.stream.feed(data)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def wait(self, pattern, timeout=15):
        """The first line that matches."""
        end = time.monotonic() + timeout
        while True:
            for line in self.lines():
                if re.search(pattern, line):
                    return line
            assert time.monotonic() < end, "\n".join(self.lines())
            self.read()

    def end(self):
        """Exit status, when all has been read."""
        end = time.monotonic() + 15
        while self.process.poll() is None:
            assert time.monotonic() < end, "still running"
            self.read()
        self.read_rest()
        return self.process.returncode

    def read_rest(self):
        """What the program has written up to now."""
        while select.select([self.master], [], [], 0)[0]:
            self.read(0)

    def is_restored(self):
        """As a shell wants it: attributes, the page, the cursor, the margin."""
        assert termios.tcgetattr(self.slave) == self.before
        tail = self.bytes[self.bytes.rindex(b"\x1b[?7h"):]
        return tail == b"\x1b[?7h\x1b[?25h\x1b[?1049l" and not self.screen.cursor.hidden

    def colour(self, pattern):
        """Of what matches."""
        for row, line in enumerate(self.screen.display):
            found = re.search(pattern, line)
            if found:
                return self.screen.buffer[row][found.start()].fg
        raise AssertionError("\n".join(self.lines()))

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal(bus):
    made = []

    def make(*words, **keywords):
        made.append(Terminal(bus, *words, **keywords))
        return made[-1]
    yield make
    for each in made:
        each.close()


# --- colours -------------------------------------------------------------------------------------------


def test_colours(registered, terminal, server, bootstrap):
    """Green is well, red is wrong; the head of a table is bold."""
    shown = terminal("status")
    assert shown.end() == 0 and shown.colour(r"registered \(idle\)") == "green"
    shown = terminal("servers")
    assert shown.end() == 0
    assert (shown.colour("registered"), shown.colour("coap://")) == ("green", "default")
    assert shown.screen.buffer[0][0].bold and not shown.screen.buffer[1][0].bold
    server.answer = bootstrap.answer = code("4.03")
    registered.call("Restart")
    registered.wait_status("failure")
    shown = terminal("status")
    assert shown.end() == 0
    assert (shown.colour("failure"), shown.colour("BootstrapRejected")) == ("red", "red")
    shown = terminal("history", "1")
    assert shown.end() == 0 and shown.colour(r"4\.03 +\d+ +\d") == "red"


@pytest.mark.parametrize("words, environment", [
    (["status"], {"NO_COLOR": "1"}), (["servers"], {"TERM": "dumb"}), (["history"], {"TERM": ""}),
    (["--json=pretty", "status"], {}),
], ids=["no-color", "dumb", "no-term", "json"])
def test_no_colours(registered, terminal, words, environment):
    shown = terminal(*words, **environment)
    assert shown.end() == 0 and b"\x1b" not in shown.bytes
    assert {b"registered", b"finished"} & set(shown.bytes.replace(b'"', b" ").replace(b",", b" ").split())


def test_no_color_that_is_empty(registered, terminal):
    shown = terminal("status", NO_COLOR="")
    assert shown.end() == 0 and shown.colour("registered") == "green"


# --- the live monitor ----------------------------------------------------------------------------------


def test_live_monitor_counts_down(daemon, peers, server, terminal):
    """State, the time to the next attempt, the last operations; then servers and counters."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answer=code("4.03"))
    daemon.start(settings(bootstrap.uri, retry_count=3, retry_delay="30s"))
    daemon.wait_property("SubStatus", "retry-wait")
    shown = terminal("monitor")
    assert "bootstrapping (retry-wait)" in shown.wait(r"^ +Status: ")
    left = int(re.search(r"\(in (\d+)s\)", shown.wait(r"Next attempt: .*in \d+s")).group(1))
    assert 2 < left <= 30
    # On a busy machine a second may be over before this looks.
    shown.wait(rf"Next attempt: .*\(in ({'|'.join(map(str, range(1, left - 1)))})s\)")
    assert "BootstrapRejected: " in shown.wait("Last error: ") and shown.wait("Attempt: 1 of 4")
    assert shown.wait(r"^LAST BOOTSTRAP  [\d:]{8}, no-account, attempt 1: running$")
    assert re.match(r"[\d:.]{12}  POST +/bs +4\.03 ", shown.wait("POST"))
    bootstrap.answer = code("2.04")
    daemon.bootstrap()
    assert "registered (idle)" in shown.wait(r"^ +Status: registered")
    assert shown.wait(rf"^1 +registered +{server.uri} ") and shown.wait(r"LAST BOOTSTRAP.* finished$")
    assert shown.wait(r"PUT +/1/0 +2\.04")
    assert shown.wait(r"^COUNTERS$") and shown.wait(r"\bRegistrations 1\b")
    assert not any("Next attempt: " in line or "4.03" in line for line in shown.lines())
    assert shown.lines()[0].endswith("  test-endpoint")


def test_live_monitor_that_is_cut(registered, terminal):
    """A table too wide for the terminal: the colour of what is cut ends with its line."""
    shown = terminal("monitor", columns=70)
    line = shown.wait(r"^1 +registered")
    row = shown.lines().index(line)
    assert "LAST ERROR" not in shown.lines()[row - 1] and shown.screen.buffer[row - 1][0].bold
    assert not shown.screen.buffer[row][0].bold


def test_counters_of_a_server_fit_the_terminal(registered, terminal):
    shown = terminal("server", "1", columns=60)
    assert shown.end() == 0
    (row,) = [n for n, line in enumerate(shown.lines()) if line.startswith("         Counters: Reg")]
    assert re.match(r" {19}[A-Z]\w+ \d", shown.lines()[row + 1])


def test_live_monitor_outlives_daemon_and_bus(registered, bus, terminal):
    shown = terminal("monitor")
    shown.wait(r"Status: registered")
    registered.stop()
    shown.wait(r"^lwm2m-clientd is not running\.$")
    assert not any("Status: " in line for line in shown.lines())
    registered.start()
    shown.wait(r"Status: registered")
    bus.stop()
    shown.wait(r"^The bus has gone, waiting for it\.$")
    bus.start()
    shown.wait(r"Status: registered")
    shown.type(b"q")
    assert shown.end() == 0 and shown.is_restored()


def test_live_monitor_of_a_daemon_that_hangs(registered, terminal):
    shown = terminal("monitor")
    shown.wait(r"Status: registered")
    os.kill(registered.process.pid, signal.SIGSTOP)
    try:
        shown.wait(r"No answer: for \d s")
    finally:
        os.kill(registered.process.pid, signal.SIGCONT)
    end = time.monotonic() + 10
    while any("No answer" in line for line in shown.lines()):
        assert time.monotonic() < end
        shown.read()


@pytest.mark.parametrize("how", ["^C", "q", "SIGTERM", "SIGHUP"])
def test_terminal_is_left_as_it_was(registered, terminal, how):
    """Typed characters are not shown meanwhile."""
    shown = terminal("monitor")
    shown.wait(r"Status: registered")
    attributes = termios.tcgetattr(shown.slave)
    assert not attributes[3] & (termios.ECHO | termios.ICANON) and shown.screen.cursor.hidden
    if how.startswith("SIG"):
        shown.process.send_signal(getattr(signal, how))
    else:
        shown.type(b"\x03" if how == "^C" else b"xq")
    assert shown.end() == 0 and shown.is_restored()


def test_stopped_and_continued(registered, terminal):
    """^Z gives the terminal back to the shell; `fg` takes it again."""
    shown = terminal("monitor")
    shown.wait(r"Status: registered")
    shown.type(b"\x1a")
    os.waitpid(shown.process.pid, os.WUNTRACED)
    shown.read_rest()
    assert shown.is_restored()
    shown.process.send_signal(signal.SIGCONT)
    end = time.monotonic() + 10
    while not shown.screen.cursor.hidden:
        assert time.monotonic() < end
        shown.read()
    shown.wait(r"Status: registered")
    shown.type(b"\x03")
    assert shown.end() == 0 and shown.is_restored()


def test_resized(registered, terminal):
    """Nothing wraps, nothing scrolls: what does not fit is cut."""
    shown = terminal("monitor")
    whole = shown.wait(r"^1 +registered ")
    for rows, columns in (8, 40), (5, 12), (1, 1), (24, 60):
        shown.resize(rows, columns)
        end = time.monotonic() + 10
        while not shown.lines()[0].startswith("lwm2m-client"[:columns]):
            assert time.monotonic() < end, shown.lines()
            shown.read()
    shown.wait(r"^1 +registered ")
    assert whole[:60].rstrip() in shown.lines()
    shown.resize(60, 200)
    shown.wait(r"^1 +registered +coap://[^ ]+ +nosec +in ")
    assert sum("Status: " in line for line in shown.lines()) == 1


def looks(connection):
    """How often a bus monitor has seen somebody ask for the history, up to now."""
    n = 0
    while True:
        try:
            message = connection.receive(timeout=0.3)
        except TimeoutError:
            return n
        n += message.header.fields.get(HeaderFields.member) == "GetHistory"


def test_storm_of_changes(registered, server, terminal):
    """It asks the daemon at most ten times a second, and shows the end of it."""
    shown = terminal("monitor")
    shown.wait(r"Status: registered")
    with registered.bus.connect() as connection:
        monitoring = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus",
                                 "org.freedesktop.DBus.Monitoring")
        unwrap_msg(connection.send_and_get_reply(new_method_call(
            monitoring, "BecomeMonitor", "asu", (["type='method_call',member='GetHistory'"], 0))))
        began = time.monotonic()
        while time.monotonic() < began + 1:
            registered.call("Restart")
            shown.read(0)
        registered.wait_property("Status", "registered")
        shown.wait(r"^1 +registered ")
        seconds = time.monotonic() - began
        assert 3 < looks(connection) <= 10 * (seconds + 0.3) + 2


def test_terminal_that_goes(registered, terminal):
    """As when a window is closed."""
    shown = terminal("monitor")
    shown.wait(r"Status: registered")
    os.dup2(os.open("/dev/null", os.O_RDONLY), shown.master)
    assert shown.process.wait(10) == 0


def test_no_daemon_is_told_on_the_terminal_itself(bus, terminal):
    shown = terminal("monitor")
    assert shown.end() == 3 and b"\x1b" not in shown.bytes and b"is not running" in shown.bytes


def test_dumb_terminal_gets_lines(registered, terminal):
    shown = terminal("monitor", TERM="dumb")
    shown.wait(r"^[\d:]{8} Status: registered \(idle\)$")
    registered.call("Restart")
    shown.wait(r"Status: registered -> registering$")
    shown.type(b"\x03")
    assert shown.end() == 0 and b"\x1b" not in shown.bytes


def test_what_a_server_says_does_not_move_the_cursor(daemon, peers, terminal):
    """Not even on a page that is full of escape sequences of its own."""
    nasty = peers.server(answer=Answer(code("4.03"), payload=b"\x1b[2J\x1b[1;1Hgotcha\x07"))
    daemon.start(settings(servers=[factory_server(nasty.uri)], coap=HASTY_COAP))
    nasty.wait_request(POST, "/rd")
    daemon.wait_status("failure")
    shown = terminal("monitor")
    assert "[2J" in shown.wait("gotcha") and "Last error: " in shown.wait("RegistrationRejected: ")
    shown.wait("^ {18}.*allows it\\.$")      # the whole sentence, in lines
    assert shown.bytes.count(b"\x1b[2J") == 0 and b"\x07" not in shown.bytes
