# SPDX-License-Identifier: Apache-2.0
"""lwm2m-client-firmware-script: what callers, packages, ids and scripts may try, and what the script has of
the world around it. As root the caller is another user, as it is in earnest."""
import mmap
import os
import pwd
import re
import select
import signal
import socket
import stat
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from jeepney import MatchRule
from jeepney.bus_messages import message_bus
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

from firmware_service import INTERFACE, NAME, PATH, Caller, FirmwareService, opened
from harness import Bus
from users import identity

ROOT = os.geteuid() == 0
USER = "nobody" if ROOT else os.environ.get("USER", "nobody")

only_root = pytest.mark.skipif(not ROOT, reason="only root has another user")


@pytest.fixture
def folder():
    """Where the other user finds its files and the bus: pytest's own is root's."""
    with tempfile.TemporaryDirectory(prefix="firmware-") as name:
        os.chmod(name, 0o711)
        yield Path(name)


@pytest.fixture
def bus(folder):
    private = Bus(str(folder)).start()
    yield private
    private.stop()


@pytest.fixture
def service(folder, bus):
    made = FirmwareService(folder, bus, USER)
    made.write_script("exit 0")
    yield made.start()
    print(made.explain())
    made.close()


@pytest.fixture
def caller(service, bus):
    made = Caller(bus.address, USER)
    yield made
    made.close()


@pytest.fixture
def package(folder):
    """Makes a package of the caller's."""
    numbers = iter(range(1000))

    def make(content=b"package"):
        path = folder / f"package{next(numbers)}"
        path.write_bytes(content)
        if ROOT:
            os.chown(path, *owner())
        path.chmod(0o600)
        return path
    return make


def owner():
    entry = pwd.getpwnam(USER)
    return entry.pw_uid, entry.pw_gid


@pytest.fixture
def log(service, folder):
    """A script that notes each of its runs, and then does what the text says; the verbs so far."""
    path = folder / "log"
    path.touch()

    def write(text="exit 0"):
        service.write_script(f'echo "$1" >>{path}\n{text}')
        return lambda: path.read_text().split()
    return write


# --- what the script is given, and what it says -----------------------------------------------------------


def test_verify_reads_the_package_and_says_what_it_is(service, caller, package, log):
    """The file is there for whatever it starts, from its beginning, without an inherited descriptor."""
    runs = log('test "$(cat "$2")" = content || exit 5\n'
               'python3 -c "import sys; assert open(sys.argv[1]).read() == \'content\'" "$2" || exit 5\n'
               'echo name=gateway; echo something else; echo version=1.2; echo checked >&2')
    assert caller.verify(package(b"content")) == (0, "gateway", "1.2", "checked")
    assert runs() == ["verify"]


def test_install_verifies_first(caller, package, log):
    runs = log('test "$1" = install || exit 0\necho done >&2; exit 10')
    assert caller.install(package(), "1") == (0, True, "done")
    assert runs() == ["verify", "install"]


def test_package_that_was_refused_is_not_installed_later(service, caller, package, log):
    """Neither by the id of before, whatever comes with it, nor because it was verified once."""
    runs = log('grep --quiet bad "$2" && { echo "a bad one" >&2; exit 5; }; exit 0')
    bad, good = package(b"bad"), package(b"good")
    assert caller.install(bad, "1") == (5, False, "a bad one")
    assert caller.install(good, "1") == (5, False, "a bad one")
    assert runs() == ["verify"]
    assert caller.verify(good).result == 0
    assert caller.install(bad, "2").result == 5
    assert "install" not in runs()


def test_environment_is_clean(service, caller, package, folder):
    service.write_script(f'exec >{folder}/seen\nenv; echo --; ls -l /proc/self/fd | grep -o "[0-9]* -> .*"\n'
                         'echo --; umask; pwd; echo "$#"; ps -o sid= -p $$; echo $$\n'
                         'exec grep -E "^Sig(Ign|Blk)" /proc/self/status')
    assert caller.verify(package()).result == 0
    environment, files, rest = (folder / "seen").read_text().split("--\n")
    assert set(environment.split()) - {"SHLVL=0", "_=/usr/bin/env"} == {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root",
        "PWD=/"}
    numbers = dict(line.split(" -> ") for line in files.splitlines())
    assert set(numbers) == {"0", "1", "2", "3"} and numbers["0"] == "/dev/null"  # 3: ls looks at the folder
    mask, directory, count, session, process, *signals = rest.split("\n")
    assert (mask, directory, count, session.strip()) == ("0022", "/", "2", process)
    assert all(int(line.split()[1], 16) == 0 for line in signals if line)


def test_exit_codes_of_verify(service, caller, package):
    service.write_script('exit "$(cat "$2")"')
    for status in range(256):
        expected = status if status == 0 or 2 <= status <= 9 or status == 11 else 8
        done = caller.verify(package(str(status).encode()))
        assert done.result == expected, status
        assert (done.text == "") == (status == 0) and (status == 0 or f"status {status}," in done.text)


def test_exit_codes_of_install(service, caller, package):
    service.write_script('test "$1" = install || exit 0\nexit "$(cat "$2")"')
    for status in (*range(16), 77, 126, 127, 128, 137, 254, 255):
        expected = status if 2 <= status <= 9 or status == 11 else 0 if status in (0, 10) else 8
        done = caller.install(package(str(status).encode()), f"id{status}")
        assert done[:2] == (expected, status == 10), status


def test_exit_codes_of_booted(service, caller, package, folder):
    """It has no package: the file is empty. Asked again, the answer stays."""
    service.write_script(f'case $1 in verify) exit 0;; install) exit 10;; esac\ntest ! -s "$2" || exit 77\n'
                         f'exit "$(cat {folder}/status)"')
    for status, expected in ((0, 0), (1, 8), (2, 2), (9, 9), (10, 8), (11, 11), (12, 8), (255, 8)):
        assert caller.install(package(), f"id{status}") == (0, True, "")
        (folder / "status").write_text(str(status))
        first = caller.booted(f"id{status}")
        assert first.result == expected
        (folder / "status").write_text("3")
        assert caller.booted(f"id{status}") == first


def test_booted_is_for_what_wants_a_reboot(caller, package, log):
    runs = log()
    assert caller.install(package(), "plain") == (0, False, "")
    for name in "plain", "unknown":
        assert caller.booted(name) == (8, "No installation of this id has asked for a reboot.")
    assert "booted" not in runs()


def test_progress(service, caller, package, bus):
    """It rises, and is for the installation; what is no percentage is none."""
    unwrap_msg(caller.connection.send_and_get_reply(message_bus.AddMatch(
        MatchRule(type="signal", interface=INTERFACE))))
    service.write_script('printf "progress=%s\\n" 5 "10 writing" 10 7 101 -1 " 20" 1e1 99999999999999999999'
                         ' "" 30x "40 $(printf \'\\a\')" 100\n')
    with opened(package(), USER) as fd:
        serial = caller.send("Install", "hs", (fd, "1"))
        seen = []
        while True:
            message = caller.connection.receive(timeout=10)
            if message.header.fields.get(5) == serial:
                break
            if message.header.fields.get(3) == "Progress":
                seen.append(message.body)
    assert seen == [(5, ""), (10, "writing"), (40, " "), (100, "")]


@pytest.mark.parametrize("where", ["", " >&2"], ids=["output", "error"])
def test_output_of_a_mebibyte(service, caller, package, where):
    """In one line, in a million lines, of bytes that are no text: it is read, and a little is kept."""
    for text in ("tr '\\0' a </dev/zero", "yes ''", "cat /dev/urandom", "yes name=x", "cat /dev/zero"):
        service.write_script(f"{text} | head -c 1048576{where}; exit 9")
        done = caller.verify(package(), timeout=40)
        assert done.result == 9 and all(len(each.encode()) <= 255 for each in done[1:])
        assert all(each.isprintable() for each in done[1:]) or "random" in text
    with open(f"/proc/{service.process.pid}/status", encoding="ascii") as file:
        assert int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) < 32 * 1024


def test_names_are_text(service, caller, package, folder):
    """What a package says about itself is nobody's command, and moves no terminal's cursor."""
    trap = folder / "trap"
    tries = [f"$(touch {trap})", f"`touch {trap}`", f"'; touch {trap}; '", f"| touch {trap}", "%s%n%x",
             "-rf /", "../../etc/passwd", "x" * 300, "\x1b[2J\x07\x9b", "a\x00b", "name=x version=y"]
    for text in tries:
        given = package(text.encode())
        service.write_script('printf "name=%s\\nversion=%s\\n" "$(cat "$2")" "$(cat "$2")"; cat "$2" >&2')
        done = caller.verify(given)
        plain = "".join(each if each.isprintable() else " " * len(each.encode()) for each in text)
        plain = plain[:255]
        # A shell drops NULs.
        kept = plain.replace("a b", "ab")
        assert (done.result, done.name, done.version) == (0, kept, kept)
        assert done.text == plain.replace("a b", "a?b")
    assert not trap.exists()


def test_interface_is_the_documented_one(service, bus):
    def members(text):
        for interface in ElementTree.fromstring(text).iter("interface"):
            if interface.get("name") == INTERFACE:
                return {(member.tag, member.get("name")):
                        [(arg.get("name"), arg.get("type"), arg.get("direction", ""))
                         for arg in member.iter("arg")]
                        for member in interface if member.tag != "annotation"}
        return None
    words = ["busctl", f"--address={bus.address}", "--xml-interface", "introspect", NAME, PATH]
    shown = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20).stdout
    documented = Path(__file__).parents[2] / "dbus" / f"{INTERFACE}.xml"
    assert members(shown) == members(documented.read_text()) != {}


# --- ids --------------------------------------------------------------------------------------------------


def test_repeated_id_is_answered_as_the_first_time(service, caller, package, log):
    """Whatever comes with it, and after the end of the service, too."""
    runs = log('test "$1" = verify || { echo broken >&2; exit 7; }')
    first = caller.install(package(), "once")
    assert first == (7, False, "broken")
    log("exit 0")
    assert caller.install(package(), "once") == first
    assert service.end() == 0
    service.start()
    assert caller.install(package(), "once") == first
    assert caller.install(package(), "twice").result == 0
    assert runs() == ["verify", "install", "verify", "install"]


def test_ids_are_no_paths_and_no_words(service, caller, package, log, folder):
    runs = log()
    bad = ["", " ", "a b", "a\nb", "\x1b[2J", "x" * 256, "é"]
    for name in bad:
        with pytest.raises(DBusErrorResponse) as error:
            caller.install(package(), name)
        assert error.value.name == "org.freedesktop.DBus.Error.InvalidArgs"
    assert runs() == []
    good = ["../../../etc/passwd", "/etc/passwd", "$(reboot)", "-rf", "%s%n", "x" * 255, "'\"\\", "install"]
    for name in good:
        assert caller.install(package(), name) == (0, False, "")
    assert len(runs()) == 2 * len(good)
    assert service.end() == 0
    service.start()
    for name in good:
        assert caller.install(package(), name) == (0, False, "")
    assert len(runs()) == 2 * len(good)
    assert [each.name for each in service.state.iterdir()] == ["results"]
    assert stat.S_IMODE((service.state / "results").stat().st_mode) == 0o600


def test_ids_are_remembered_for_long(service, caller, package, log):
    """And not without an end."""
    runs, results = log(), service.state / "results"
    service.end()
    results.write_text("".join(f"install id{number} 3 0 of {number}\n" for number in range(64)))
    service.start()
    assert caller.install(package(), "id0") == (3, False, "of 0")
    assert caller.install(package(), "id64").result == 0
    assert caller.install(package(), "id1") == (3, False, "of 1")
    assert len(results.read_text().splitlines()) == 64 and runs() == ["verify", "install"]


def test_results_that_are_damaged(service, caller, package, log):
    """A line that cannot be read is told, the others count."""
    runs = log()
    caller.install(package(), "kept")
    service.end()
    results = service.state / "results"
    results.write_text("install\ninstall x\ninstall x 256 0 t\nbooted x 1 2 t\nremove x 1 1 t\n"
                       + results.read_text() + "install y 0 0 " + "t" * 256 + "\n\xff")
    service.start()
    caller.install(package(), "kept")
    assert len(runs()) == 2
    service.wait_line("is damaged", number=7)


def test_results_that_cannot_be_written(service, caller, package, log):
    """Then nothing is installed: nobody could say afterwards that it was."""
    runs = log()
    (service.state / ".results.tmp").mkdir()    # where the file is made
    done = caller.install(package(), "1")
    assert (done.result, done.reboot) == (8, False) and "cannot write its state" in done.text
    assert runs() == ["verify"]


# --- descriptors ------------------------------------------------------------------------------------------


def refused(service, done, words, runs):
    """The script has not been asked."""
    assert done.result == 8 and words in done.text, done
    assert runs() == []


@pytest.mark.parametrize("make, words", [
    (lambda path: os.open(path, os.O_RDWR), "not one for reading alone"),
    (lambda path: os.open(path, os.O_WRONLY), "not one for reading alone"),
    (lambda path: os.open(path, os.O_PATH), "not one for reading alone"),
    (lambda path: os.open(path.parent, os.O_RDONLY), "no regular file"),
    (lambda path: os.open("/dev/zero", os.O_RDONLY), "no regular file"),
    (lambda path: os.pipe()[0], "no regular file"),
    (lambda path: socket.socket(socket.AF_UNIX).detach(), "no regular file")],
    ids=["read-write", "write", "path", "folder", "device", "pipe", "socket"])
def test_descriptor_of_another_kind(service, caller, package, log, make, words):
    runs, path = log(), package()
    before = path.stat()
    fd = make(path)
    refused(service, caller.verify(fd), words, runs)
    refused(service, caller.install(fd, "1"), words, runs)
    assert (path.stat().st_mode, path.stat().st_uid) == (before.st_mode, before.st_uid)
    os.close(fd)
    # Nothing was begun with this id.
    assert caller.install(path, "1").result == 0


@only_root
@pytest.mark.parametrize("uid, mode", [(0, 0o644), (0, 0o444), (1, 0o644), (1, 0o440)])
def test_file_of_another_user(service, caller, log, folder, uid, mode):
    """As /etc/passwd: else a caller could take away everybody's right to read it."""
    path = folder / "passwd"
    path.write_text("root")
    os.chown(path, uid, 0 if mode == 0o644 else owner()[1])
    path.chmod(mode)
    refused(service, caller.verify(path), f"belongs to user {uid}", log())
    assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_uid) == (mode, uid)


def test_package_that_somebody_still_writes(service, caller, package, log):
    """By a descriptor, or by memory that was made of one; once it is closed the package is taken."""
    runs, path = log(), package()
    writer = os.open(path, os.O_RDWR)
    refused(service, caller.verify(path), "still open for writing", runs)
    memory = mmap.mmap(writer, 7)
    os.close(writer)
    refused(service, caller.verify(path), "still open for writing", runs)
    memory.close()
    assert caller.verify(path).result == 0


def test_package_in_memory(service, caller, log):
    """The kernel counts no writers of a memfd, which its maker can write as long as it likes."""
    runs = log()
    with identity(USER):
        memory = os.memfd_create("package")
        os.write(memory, b"package")
        os.fchmod(memory, 0o600)
        fd = os.open(f"/proc/self/fd/{memory}", os.O_RDONLY)
    refused(service, caller.verify(fd), "lies in memory", runs)


def test_package_that_is_deleted_or_empty(service, caller, package, log):
    runs, path = log(), package()
    with opened(path, USER) as fd:
        path.unlink()
        refused(service, caller.verify(fd), "it is deleted", runs)
    refused(service, caller.verify(package(b"")), "is empty", runs)


@only_root
def test_package_is_roots_from_then_on(service, caller, package, log):
    """Its former owner reads it still, as after a restart of its own, and that is all."""
    log()
    path = package()
    os.chmod(path, 0o4777)
    os.link(path, path.parent / "other-name")
    assert caller.verify(path).result == 0
    seen = path.stat()
    assert (seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode)) == (0, owner()[1], 0o440)
    with identity(USER):
        assert path.read_bytes() == b"package"
        for name in path, path.parent / "other-name":
            with pytest.raises(PermissionError):
                os.open(name, os.O_RDWR)
            with pytest.raises(PermissionError):
                os.chmod(name, 0o600)
    assert caller.install(path, "1").result == 0


# --- who may call, and when -------------------------------------------------------------------------------


@only_root
@pytest.mark.parametrize("user", ["root", "daemon"])
def test_others_are_denied(service, bus, package, log, user):
    """Whatever the policy of the bus is: that of these tests lets everybody."""
    runs, stranger, path = log(), Caller(bus.address, user), package()
    path.chmod(0o644)
    for call in (lambda: stranger.verify(path), lambda: stranger.install(path, "1"),
                 lambda: stranger.booted("1")):
        with pytest.raises(DBusErrorResponse) as error:
            call()
        assert error.value.name == "org.freedesktop.DBus.Error.AccessDenied"
    assert runs() == []
    stranger.close()


def test_one_script_at_a_time(service, bus, caller, package, log, folder):
    """The same installation is joined, as by a client that was restarted; anything else has to wait."""
    os.mkfifo(folder / "gate")
    runs = log(f'test "$1" = verify || cat {folder}/gate')
    other = Caller(bus.address, USER)
    with opened(package(), USER) as fd:
        first = caller.send("Install", "hs", (fd, "1"))
        service.wait_line("Running", number=2)
        second = other.send("Install", "hs", (fd, "1"))
        for call in (lambda: other.verify(fd), lambda: other.install(fd, "2"), lambda: other.booted("1")):
            with pytest.raises(DBusErrorResponse) as error:
                call()
            assert error.value.name == "org.lwm2m.FirmwareScript1.Error.Busy"
    (folder / "gate").write_text("")
    assert caller.receive(first) == other.receive(second) == (0, False, "")
    assert runs() == ["verify", "install"]
    other.close()


# --- ends in the middle -----------------------------------------------------------------------------------


def wait_gone(pid):
    """It and what it has started."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    gone, _, _ = select.select([process], [], [], 10)
    os.close(process)
    assert gone


@pytest.fixture
def hanging(service, folder):
    """A script that hangs in a verb, with a child; waits until it does, and gives the child's PID."""
    def write(verb, then="wait"):
        pids = folder / "pids"
        os.mkfifo(pids)
        service.write_script(f'test "$1" = {verb} || exit 0\nsleep 1000 &\necho $! >{pids}\n{then}')
        return lambda: int(pids.read_text())
    return write


def test_script_that_is_killed(service, caller, package):
    service.write_script("kill -9 $$")
    text = f"{service.script} verify was killed by signal 9 (Killed)."
    assert caller.verify(package()) == (8, "", "", text)


def test_what_it_leaves_behind_ends_with_it(service, caller, package, hanging):
    child = hanging("verify", then="exit 0")
    with opened(package(), USER) as fd:
        serial = caller.send("Verify", "h", (fd,))
    pid = child()
    assert caller.receive(serial)[0] == 0
    wait_gone(pid)


@pytest.mark.parametrize("verb, seconds, limit", [("verify", 600, 10), ("install", 3600, 60)])
def test_deadline(service, caller, package, hanging, verb, seconds, limit):
    child = hanging(verb)
    with opened(package(), USER) as fd:
        serial = caller.send("Install", "hs", (fd, "1"))
        pid = child()
        service.sleep(seconds)
        done = caller.receive(serial)
    assert done == (8, False, f"{service.script} {verb} has taken longer than {limit} min, and was killed.")
    wait_gone(pid)
    assert caller.install(package(), "1") == done


def test_caller_that_leaves_a_verification(service, bus, package, hanging):
    """It is ended: the next one may come."""
    child, caller = hanging("verify"), Caller(bus.address, USER)
    with opened(package(), USER) as fd:
        caller.send("Verify", "h", (fd,))
    pid = child()
    caller.close()
    wait_gone(pid)
    service.wait_line("has left the bus")
    service.write_script("exit 0")
    caller = Caller(bus.address, USER)
    assert caller.verify(package()).result == 0
    caller.close()


def test_caller_that_leaves_an_installation(service, bus, package, log, folder):
    """It goes on, and its result is there for whoever asks by the id."""
    os.mkfifo(folder / "gate")
    runs, caller = log(f'test "$1" = verify || cat {folder}/gate'), Caller(bus.address, USER)
    with opened(package(), USER) as fd:
        caller.send("Install", "hs", (fd, "1"))
        service.wait_line("Running", number=2)
        caller.close()
        caller = Caller(bus.address, USER)
        serial = caller.send("Install", "hs", (fd, "1"))
        (folder / "gate").write_text("")
        assert caller.receive(serial) == (0, False, "")
    assert runs() == ["verify", "install"]
    caller.close()


@pytest.mark.parametrize("verb, interrupted", [("verify", False), ("install", True)])
def test_service_that_is_killed(service, caller, package, hanging, log, verb, interrupted):
    """An installation that had begun is not begun again."""
    child = hanging(verb)
    with opened(package(), USER) as fd:
        caller.send("Install", "hs", (fd, "1"))
    pid = child()
    service.end(signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)    # as systemd does
    runs = log()
    service.start()
    done = caller.install(package(), "1")
    assert ("interrupted" in done.text, done.result) == (interrupted, 8 if interrupted else 0)
    assert runs() == ([] if interrupted else ["verify", "install"])


def test_stop(service, caller, package, log, folder):
    """A verification ends; an installation is waited for, and answered."""
    gate = folder / "gate"
    os.mkfifo(gate)
    log(f"cat {gate}")
    with opened(package(), USER) as fd:
        serial = caller.send("Verify", "h", (fd,))
        service.wait_line("Running")
        assert service.end() == 0
        assert caller.receive(serial)[0] == 8
        runs = log(f'test "$1" = verify || cat {gate}')
        service.start()
        serial = caller.send("Install", "hs", (fd, "1"))
        service.wait_line("install.", number=1)
        service.process.send_signal(signal.SIGTERM)
        service.wait_line("is waited for", number=2)
        gate.write_text("")
        assert caller.receive(serial) == (0, False, "")
    assert service.wait_exit() == 0
    assert runs()[-2:] == ["verify", "install"]


def test_bus_that_is_restarted_during_an_installation(service, bus, package, log, folder):
    os.mkfifo(folder / "gate")
    runs, caller = log(f'test "$1" = verify || cat {folder}/gate'), Caller(bus.address, USER)
    with opened(package(), USER) as fd:
        caller.send("Install", "hs", (fd, "1"))
        service.wait_line("Running", number=2)
        bus.stop()
        caller.close()
        bus.start()
        service._wait_name()
        caller = Caller(bus.address, USER)
        serial = caller.send("Install", "hs", (fd, "1"))
        (folder / "gate").write_text("")
        assert caller.receive(serial) == (0, False, "")
    assert runs() == ["verify", "install"]
    caller.close()


def test_idle_it_ends(service, caller, package):
    caller.verify(package())
    service.sleep(31, to_its_end=True)
    assert service.wait_exit() == 0


# --- the script itself ------------------------------------------------------------------------------------


@pytest.mark.parametrize("prepare, words", [
    (lambda script: script.unlink(), "No such file or directory. See lwm2m-client-firmware-script(8)."),
    (lambda script: script.chmod(0o775), "nobody else can write"),
    (lambda script: script.chmod(0o757), "nobody else can write"),
    (lambda script: script.chmod(0o644), "is not executable"),
    (lambda script: (script.unlink(), script.mkdir()), "has to be a file"),
    (lambda script: script.write_text("#!/nonexistent/interpreter\n"),
     "cannot be run: the interpreter that its first line names is not there."),
    (lambda script: script.write_text("exit 0\n"),
     "cannot be run: it neither begins with #! nor is a program."),
    pytest.param(lambda script: os.chown(script, 1, 1), "belongs to root", marks=only_root)],
    ids=["none", "group-writable", "everybody-writes", "not-executable", "folder", "interpreter",
         "no-interpreter", "owner"])
def test_script_that_cannot_be_trusted_or_run(service, caller, package, prepare, words):
    prepare(service.script)
    done = caller.verify(package())
    assert done.result == 8 and words in done.text and str(service.script) in done.text
    service.wait_line(words)
