# SPDX-License-Identifier: Apache-2.0
"""The machine the daemon runs on: a second daemon, signals at any moment, files of root (design.md 9.9)."""
import ctypes
import os
import signal
import subprocess

import pytest

from harness import CLIENTD, CTL, factory_server, settings
from lwm2m_peer import TEXT

NOBODY = 65534


def path(daemon, name):
    return os.path.join(daemon.state_directory, name)


def snapshot(folder):
    """Names, owners and contents."""
    shot = {}
    for name in sorted(os.listdir(folder)):
        status = os.stat(os.path.join(folder, name))
        with open(os.path.join(folder, name), "rb") as file:
            shot[name] = (status.st_uid, status.st_ino, status.st_mtime_ns, file.read())
    return shot


@pytest.mark.parametrize("arguments", [(), ("--no-bus",)], ids=["bus", "no-bus"])
def test_second_daemon_touches_nothing(registered, bootstrap, make_daemon, arguments):
    """Started by hand with another endpoint: it ends with 1, names the first one, and loses no account."""
    before = snapshot(registered.state_directory)
    other = make_daemon(registered.bus)
    other.state_directory = registered.state_directory
    other.start({**settings(bootstrap.uri), "endpoint": "by-hand"}, wait=False, arguments=arguments)
    assert other.wait_exit() == 1
    assert other.wait_event("STORAGE_IN_USE",
                            rf"process {registered.process.pid}\b") and len(other.lines) == 1
    assert snapshot(registered.state_directory) == before
    assert registered.status == "registered"
    registered.kill()       # a killed daemon leaves no lock behind
    registered.start()


def test_second_daemon_with_a_wrong_configuration(registered, make_daemon):
    """The lock is looked at first."""
    other = make_daemon(registered.bus)
    other.state_directory = registered.state_directory
    other.start("endpoint: [", wait=False)
    assert other.wait_exit() == 1 and other.wait_log(rf"process {registered.process.pid}\b")


def test_wrong_first_configuration_makes_no_state_directory(daemon):
    os.rmdir(daemon.state_directory)
    daemon.start("endpoint: g\n", wait=False)
    assert daemon.wait_exit() == 78
    assert not os.path.exists(daemon.state_directory)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_run_as_root_files_get_the_directorys_owner(daemon, server, bootstrap):
    os.chown(daemon.state_directory, NOBODY, NOBODY)
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    daemon.stop()
    shot = snapshot(daemon.state_directory)
    assert {"configuration", "current", "last-good", "lock"} <= set(shot)
    assert {owner for owner, *_ in shot.values()} == {NOBODY}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a mount namespace")
@pytest.mark.parametrize("lock", ["kept", "lost"])
def test_read_only_state_directory(registered, lock):
    """The lock that is there will do; without one the device goes on all the same."""
    registered.stop()
    if lock == "lost":
        os.unlink(path(registered, "lock"))
    registered.wrapper = ["unshare", "--mount", "sh", "-c",
                          'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"',
                          registered.state_directory]
    registered.start()
    registered.wait_status("registered")
    if lock == "lost":
        registered.wait_event("STORAGE_UNLOCKED", "cannot be locked, going on without: Read-only")
    warned = [line for line in registered.lines if "cannot be locked, going on without: Read-only" in line]
    assert len(warned) == (1 if lock == "lost" else 0)


def test_full_disk(daemon, bootstrap):
    """The accounts are in force all the same; what is wrong, and what that means, is told."""
    daemon.wrapper = ["unshare", "--mount", "sh", "-c",
                      'mount -t tmpfs -o size=16k none "$0";cat /dev/zero 2>/dev/null >"$0/rest";exec "$@"',
                      daemon.state_directory]
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    name, sentence = daemon.get("LastError")
    assert name == "StorageFailed" and "No space left on device" in sentence
    assert daemon.state_directory in sentence and "a restart would lose them" in sentence


def wait_opened(name, begin):
    """Runs begin(), returns when somebody has opened the file."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_CLOEXEC)
    assert libc.inotify_add_watch(watch, os.fsencode(name), 0x20) >= 0      # IN_OPEN
    try:
        begin()
        os.read(watch, 4096)
    finally:
        os.close(watch)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_signal_while_the_configuration_is_read(daemon, bootstrap, server, number):
    """It is handled when the daemon runs: SIGHUP reloads, SIGTERM ends in order."""
    for _ in range(5):
        daemon.configure(settings(bootstrap.uri))
        with open(daemon.config, "a", encoding="utf-8") as file:
            file.write("#" * (200 << 10))
        wait_opened(daemon.config, lambda: daemon.start(wait=False))
        daemon.process.send_signal(number)
        if number == signal.SIGTERM:
            assert daemon.wait_exit() == 0
        else:
            daemon.wait_ready()
            assert daemon.stop() == 0


def test_check_needs_no_state_directory(registered):
    """Beside a running daemon too."""
    for option in ("--check-config", "--print-endpoint"):
        done = subprocess.run([CLIENTD, option, f"--config={registered.config}",
                               f"--state-directory={registered.state_directory}"], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert done.returncode == 0


# -- A configuration that cannot be used

def spoil(daemon, how):
    """What a power cut, an operator or a slow mount leaves of the file."""
    if how == "missing":
        os.unlink(daemon.config)
    elif how == "folder":
        os.unlink(daemon.config)
        os.mkdir(daemon.config)
    elif how == "empty":
        daemon.configure("")
    elif how == "zeros":
        daemon.configure("\0" * 4096)
    elif how == "comments":
        daemon.configure("# nothing but comments\n")
    elif how == "cut":
        with open(daemon.config, "r+b") as file:
            file.truncate(os.path.getsize(daemon.config) // 2)
            file.seek(0, os.SEEK_END)
            file.write(bytes(100))
    else:
        daemon.configure("no_such_key: 1\n")


SPOILT = ["missing", "folder", "empty", "zeros", "comments", "cut", "wrong"]


def status_text(daemon):
    return [line for line in daemon.notifications if line.startswith("STATUS=")]


@pytest.mark.parametrize("how", SPOILT)
def test_spoilt_configuration_does_not_take_the_device_offline(registered, server, bootstrap, how):
    """The one accepted last goes on with the stored accounts, told in journal, STATUS= and on D-Bus."""
    assert registered.get("ConfigurationProblem") == ""
    registered.stop()
    spoil(registered, how)
    registered.start()
    server.wait_registration(2)
    registered.wait_status("registered")
    assert registered.wait_event("CONFIGURATION_NOT_IN_FORCE",
                                 "cannot be used. The one accepted last, kept in")
    problem = registered.get("ConfigurationProblem")
    assert problem.startswith(registered.config + ":") and any(problem in line for line in registered.lines)
    registered.await_(lambda: any(problem in line for line in status_text(registered)), 5, "STATUS= with it")
    assert len(bootstrap.first_transmissions()) == 1
    assert registered.error_of("Reload") == "org.lwm2m.Client1.Error.InvalidConfiguration"

    if how == "folder":
        os.rmdir(registered.config)
    registered.configure({**settings(bootstrap.uri), "device": {"manufacturer": "good again"}})
    registered.call("Reload")
    registered.wait_property("ConfigurationProblem", "")
    assert server.read("/3/0/0", accept=TEXT).payload == b"good again"
    assert len(server.registrations) == 2
    registered.stop()
    registered.start()
    assert registered.get("ConfigurationProblem") == ""


def test_definition_that_is_gone_does_not_take_the_device_offline(daemon, server, bootstrap, tmp_path):
    """The other Objects of `objects:` stay, too; it comes back with a reload, as does the definition."""
    definitions = {number: tmp_path / f"{number}.yaml" for number in (30000, 30001)}
    for number, file in definitions.items():
        file.write_text(f"object: {number}\nname: N\n"
                        "resources: {0: {name: V, operations: R, type: float}}\n")
    daemon.arguments.append(f"--object-directory={tmp_path}")
    daemon.start({**settings(bootstrap.uri), "objects": [{"object": number, "values": {0: 21.5}}
                                                         for number in definitions]})
    assert {"</30000/0>", "</30001/0>"} < set(server.wait_registration().objects)
    daemon.wait_status("registered")
    daemon.stop()
    text = definitions[30000].read_text()
    definitions[30000].unlink()

    daemon.start()
    objects = server.wait_registration(2).objects
    assert "</30001/0>" in objects and "</30000/0>" not in objects
    assert server.read("/30001/0/0", accept=TEXT).payload == b"21.5"
    assert "no object directory has 30000.yaml" in daemon.get("ConfigurationProblem")
    assert daemon.wait_event("CONFIGURATION_DOUBTFUL",
        "warning: no object directory has 30000.yaml.* the Object Instance is left out")
    assert len(bootstrap.first_transmissions()) == 1

    definitions[30000].write_text(text)
    daemon.call("Reload")
    daemon.wait_property("ConfigurationProblem", "")
    assert server.read("/30000/0/0", accept=TEXT).payload == b"21.5"


@pytest.mark.parametrize("kept", ["last-good", "current"])
def test_spoilt_configuration_with_one_file_of_accounts(registered, server, kept):
    registered.stop()
    os.unlink(path(registered, "current" if kept == "last-good" else "last-good"))
    spoil(registered, "empty")
    registered.start()
    server.wait_registration(2)


@pytest.mark.parametrize("lacking", ["configuration", "accounts", "damaged"])
def test_spoilt_configuration_and_nothing_to_go_on_with(registered, lacking):
    registered.stop()
    spoil(registered, "empty")
    if lacking == "configuration":
        os.unlink(path(registered, "configuration"))
    elif lacking == "damaged":
        with open(path(registered, "configuration"), "r+b") as file:
            file.seek(200)
            file.write(b"damage")
    else:
        os.unlink(path(registered, "current"))
        os.unlink(path(registered, "last-good"))
    registered.start(wait=False)
    assert registered.wait_exit() == 78
    assert lacking != "damaged" or registered.wait_log("configuration accepted last, is damaged")


def test_refused_reload_is_a_configuration_problem(registered, bootstrap):
    """The file is not what is in force, until a reload finds it good."""
    registered.configure("no_such_key: 1\n")
    registered.process.send_signal(signal.SIGHUP)
    problem = registered.wait_property("ConfigurationProblem", lambda text: "no_such_key" in text)
    shown = subprocess.run([CTL, f"--address={registered.bus.address}", "status"], check=True,
                           capture_output=True, text=True).stdout
    assert f"Not in force: {problem}" in shown
    registered.configure(settings(bootstrap.uri))
    registered.call("Reload")
    registered.wait_property("ConfigurationProblem", "")
    assert registered.status == "registered"


def test_reset_on_a_kept_configuration(registered, bootstrap, server):
    """It forgets the stored accounts, and stays on the configuration accepted last, also over a restart."""
    registered.stop()
    spoil(registered, "empty")
    registered.start()
    registered.wait_status("registered")
    registered.call("Reset")
    registered.wait_status("registered", number=2)
    assert len(bootstrap.first_transmissions()) == 2
    registered.kill()
    registered.start()
    registered.wait_status("registered")
    assert registered.get("ConfigurationProblem") != ""


def test_kept_configuration_is_private(registered):
    assert os.stat(path(registered, "configuration")).st_mode & 0o7777 == 0o600


# -- What the file names is not there

IDENTITY, KEY, NEW_KEY = "gateway", "000102030405060708090a0b0c0d0e0f", "ff" * 16


@pytest.fixture
def keyed(daemon, server, bootstrap, peers):
    """Bootstrapped over DTLS with a key file."""
    front = peers.terminator(bootstrap.port, IDENTITY, KEY)
    config = settings(bootstrap.uri)
    config["bootstrap"]["server"] = {"uri": front.uri, "security_mode": "psk", "identity": IDENTITY,
                                     "key_file": "psk.hex"}
    daemon.front, daemon.key_file = front, os.path.join(daemon.folder, "psk.hex")
    with open(daemon.key_file, "w", encoding="ascii") as file:
        file.write(KEY)
    os.chmod(daemon.key_file, 0o600)
    daemon.start(config)
    daemon.wait_status("registered")
    return daemon


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_key_file_that_comes_late_counts_as_unchanged(keyed, server, bootstrap, how):
    """At a start and at a reload; a Reset meanwhile bootstraps with the key of before."""
    keyed.stop()
    os.unlink(keyed.key_file)
    if how == "empty":
        open(keyed.key_file, "wb").close()
    keyed.start()
    server.wait_registration(2)
    keyed.wait_status("registered")
    assert "'key_file' names a file that" in keyed.get("ConfigurationProblem")
    assert keyed.wait_log("it counts as unchanged")
    assert len(bootstrap.first_transmissions()) == 1
    keyed.call("Reload")
    assert keyed.status == "registered" and len(server.registrations) == 2
    keyed.call("Reset")
    keyed.wait_status("registered", number=2)
    assert len(bootstrap.first_transmissions()) == 2

    with open(keyed.key_file, "w", encoding="ascii") as file:
        file.write(KEY)
    keyed.call("Reload")
    keyed.wait_property("ConfigurationProblem", "")
    assert len(bootstrap.first_transmissions()) == 2


def test_key_file_missing_and_the_file_wrong(keyed, server):
    """The configuration of before has the key of before."""
    keyed.stop()
    os.unlink(keyed.key_file)
    spoil(keyed, "cut")
    keyed.start()
    server.wait_registration(2)
    keyed.wait_status("registered")


def test_first_start_without_the_key_file(daemon, bootstrap):
    config = settings(bootstrap.uri)
    config["bootstrap"]["server"] = {"uri": "coaps://127.0.0.1", "security_mode": "psk",
                                     "identity": IDENTITY, "key_file": "psk.hex"}
    daemon.start(config, wait=False)
    assert daemon.wait_exit() == 78 and daemon.wait_log("'key_file' names a file that does not exist")


def test_endpoint_of_a_file_that_is_not_there(daemon, server, bootstrap):
    """The name of before stays; the accounts too."""
    name = os.path.join(daemon.folder, "serial")
    with open(name, "wb") as file:
        file.write(b"gateway-4711\0")       # as of the device tree
    daemon.start({**settings(bootstrap.uri), "endpoint": "gw-{file:serial}"})
    daemon.wait_status("registered")
    assert server.wait_registration().query["ep"] == "gw-gateway-4711"
    daemon.stop()
    os.unlink(name)
    daemon.start()
    assert server.wait_registration(2).query["ep"] == "gw-gateway-4711"
    daemon.wait_status("registered")
    assert daemon.get("EndpointName") == "gw-gateway-4711"
    assert "the name of before stays" in daemon.get("ConfigurationProblem")
    assert len(bootstrap.first_transmissions()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a UTS namespace")
@pytest.mark.parametrize("placeholder", ["localhost", "localhost.localdomain"])
def test_hostname_that_is_localhost_for_one_boot(daemon, server, bootstrap, placeholder):
    def boot(name):
        daemon.wrapper = ["unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', name]
        daemon.start({**settings(bootstrap.uri), "endpoint": "{hostname}"})
        daemon.wait_status("registered")
    boot("gateway-9")
    daemon.stop()
    boot(placeholder)
    assert daemon.get("EndpointName") == "gateway-9"
    assert f"it is '{placeholder}' at the moment" in daemon.get("ConfigurationProblem")
    daemon.stop()
    boot("gateway-9")
    assert daemon.get("ConfigurationProblem") == ""
    assert [each.query["ep"] for each in server.registrations] == ["gateway-9"] * 3
    assert len(bootstrap.first_transmissions()) == 1


# -- A renewed credential

def renew_key(daemon, key=NEW_KEY):
    with open(daemon.key_file, "w", encoding="ascii") as file:
        file.write(key)


@pytest.mark.parametrize("when", ["reload", "start"])
def test_renewed_key_of_bootstrap_server_forgets_nothing(keyed, server, bootstrap, peers, when):
    """It is replaced in place; the next bootstrap uses it."""
    renew_key(keyed)
    if when == "start":
        keyed.stop()
        keyed.start()
        server.wait_registration(2)
        keyed.wait_status("registered")
    else:
        keyed.call("Reload")
    assert keyed.wait_event("ACCOUNTS_REPLACED",
                            "credential has changed in the configuration: it is replaced")
    n_registrations = len(server.registrations)
    assert keyed.status == "registered" and n_registrations == (2 if when == "start" else 1)
    assert len(bootstrap.first_transmissions()) == 1

    keyed.front.set_key(IDENTITY, NEW_KEY)
    keyed.call("Bootstrap", "a{sv}", ({},))
    bootstrap.wait_run(2)
    keyed.kill()        # what is stored has the new key too
    keyed.start()
    keyed.wait_status("registered")
    keyed.call("Bootstrap", "a{sv}", ({},))
    bootstrap.wait_run(3)


def test_renewed_key_of_a_server_of_the_configuration(daemon, peers):
    """That server gets a new session with the new key, the other one notices nothing."""
    first, second = peers.server(), peers.server()
    front = peers.terminator(first.port, IDENTITY, KEY)
    daemon.key_file = os.path.join(daemon.folder, "psk.hex")
    renew_key(daemon, KEY)
    keyed_server = {"short_server_id": 1, "uri": front.uri, "security_mode": "psk", "identity": IDENTITY,
                    "key_file": "psk.hex", "lifetime": 300}
    daemon.start(settings(servers=[keyed_server, factory_server(second.uri, 2)]))
    first.wait_registration()
    second.wait_registration()
    daemon.wait_status("registered")
    assert second.write("/1/1/5", b"61").code_text == "2.04"
    renew_key(daemon)
    front.set_key(IDENTITY, NEW_KEY)
    daemon.call("Reload")
    first.wait_registration(2)
    assert len(second.registrations) == 1 and second.registrations[0].active
    assert second.read("/1/1/5", accept=TEXT).payload == b"61"
