# SPDX-License-Identifier: Apache-2.0
"""lwm2m-client-firmware-script.service: who can start and ask it, what the script is in there, and that
nothing of it outlives its end."""
import os
import pwd
import signal
import stat
import time
from pathlib import Path

import pytest
from conftest import as_user, peer, run
from firmware_service import INTERFACE, NAME, PATH, Caller, opened
from harness import MESSAGE_IDS
from jeepney.wrappers import DBusErrorResponse

UNIT = 'lwm2m-client-firmware-script.service'
SCRIPT = Path('/etc/lwm2m-client/firmware')
STATE = Path('/var/lib/lwm2m-client-firmware-script')
FOLDER = Path('/srv/firmware')      # of the test's
PACKAGE = Path('/var/lib/lwm2m-client/firmware-package')
CLIENT, OPERATOR, STRANGER = 'lwm2m-client', 'operator2', 'nobody'


def show(name):
    return run('systemctl', 'show', '--value', f'--property={name}', UNIT).stdout.strip()


def wait(condition, what):
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def gone(pid):
    return not Path(f'/proc/{pid}').exists()


@pytest.fixture(autouse=True)
def clear():
    FOLDER.mkdir(exist_ok=True)
    FOLDER.chmod(0o755)
    yield
    run('systemctl', 'kill', '--signal=KILL', UNIT, check=False)
    run('systemctl', 'stop', UNIT, check=False)
    run('systemctl', 'reset-failed', UNIT, check=False)
    run('systemctl', 'clean', '--what=state', UNIT, check=False)
    SCRIPT.unlink(missing_ok=True)
    run('rm', '-r', str(FOLDER))


def write_script(text):
    SCRIPT.write_text(f'#!/bin/sh\n{text}\n')
    SCRIPT.chmod(0o755)


@pytest.fixture
def caller():
    made = Caller('SYSTEM', CLIENT)
    yield made
    made.close()


@pytest.fixture
def package():
    """As the client leaves one in its state directory."""
    path = FOLDER / 'package'
    path.write_bytes(b'content')
    path.chmod(0o600)
    entry = pwd.getpwnam(CLIENT)
    os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


@pytest.fixture
def hanging(caller, package):
    """An installation that hangs; the script's child has left its process group. Serial and PID."""
    os.mkfifo(FOLDER / 'pids')
    os.mkfifo(FOLDER / 'gate')
    write_script(f'test "$1" = install || exit 0\necho run >>{FOLDER}/runs\n'
                 f'setsid setsid sh -c \'echo $$ >{FOLDER}/pids; exec sleep 1000\' &\ncat {FOLDER}/gate')
    with opened(package, CLIENT) as fd:
        serial = caller.send('Install', 'hs', (fd, 'hanging'))
        return serial, int((FOLDER / 'pids').read_text())


# -- who

def test_denied_to_everybody_but_the_client():
    """By the policy of the bus, and it is not even started."""
    write_script('exit 0')
    if run('id', OPERATOR, check=False).returncode != 0:
        run('useradd', '--system', '--groups=lwm2m,lwm2m-publish', OPERATOR)
    tries = [(INTERFACE, 'Booted', 's', 'x'), ('org.freedesktop.DBus.Peer', 'Ping'),
             ('org.freedesktop.DBus.Introspectable', 'Introspect'),
             ('org.freedesktop.DBus.Properties', 'GetAll', 's', INTERFACE)]
    for user in STRANGER, OPERATOR, 'root':
        for words in tries:
            done = as_user(user, 'busctl', 'call', NAME, PATH, *words)
            assert done.returncode != 0 and 'Access denied' in done.stderr, (user, words)
        # A descriptor is no way around it; busctl has none to give.
        stranger = Caller('SYSTEM', user)
        with opened(Path('/etc/hostname'), 'root') as fd:
            for member, signature, body in ('Verify', 'h', (fd,)), ('Install', 'hs', (fd, 'x')):
                with pytest.raises(DBusErrorResponse) as error:
                    stranger.call(member, signature, body)
                assert error.value.name == 'org.freedesktop.DBus.Error.AccessDenied'
        stranger.close()
    assert show('ActiveState') == 'inactive'


def test_nobody_else_has_the_name():
    words = ('busctl', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
             'RequestName', 'su', NAME, '0')
    for user in STRANGER, CLIENT:
        assert as_user(user, *words).returncode != 0


def test_starts_by_anybody_keep_nobody_away(caller, package):
    """Whoever asks the bus to start it gets a process that has nothing to do; no start limit is met."""
    write_script('exit 0')
    for _ in range(12):
        done = as_user(STRANGER, 'busctl', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                       'org.freedesktop.DBus', 'StartServiceByName', 'su', NAME, '0')
        assert done.returncode == 0, done.stderr
        run('systemctl', 'stop', UNIT)
    assert caller.verify(package).result == 0


def test_nothing_but_a_call_starts_it():
    assert run('systemctl', 'is-enabled', UNIT, check=False).stdout == 'static\n'
    assert 'lwm2m' not in run('systemd-analyze', 'verify', '--man=no', UNIT).stderr


# -- what the script has

def test_call_starts_it_and_the_script_sees_nothing_of_it(caller, package):
    """No word of systemd's in the environment, a group of its own, a capability less; the file is there."""
    write_script(f'exec >{FOLDER}/seen\ncat "$2"; echo\nenv\necho --\ngrep ^0: /proc/self/cgroup\n'
                 'ls /proc/self/fd\nexec cat /proc/self/status')
    assert caller.verify(package) == (0, '', '', '')
    environment, rest = (FOLDER / 'seen').read_text().split('--\n')
    assert environment.split()[0] == 'content'
    assert {line.split('=')[0] for line in environment.split()[1:]} - {'SHLVL', '_'} == {
        'PATH', 'LANG', 'HOME', 'PWD'}
    assert rest.startswith(f'0::/system.slice/{UNIT}/script\n0\n1\n2\n3\n')
    status = dict(line.split(':\t', 1) for line in rest.splitlines() if ':\t' in line)
    assert status['Uid'].split() == ['0'] * 4 and status['Seccomp'] == '2' and status['NoNewPrivs'] == '1'
    assert int(status['CapBnd'], 16) & (1 << 25 | 1 << 16 | 1 << 22) == 0     # SYS_TIME SYS_MODULE SYS_BOOT
    assert int(status['SigIgn'], 16) == 0


def test_package_is_roots_and_the_client_reads_it_still(caller, package):
    write_script('exit 0')
    assert caller.verify(package).result == 0
    assert run('stat', '--format=%U:%G %a', str(package)).stdout == f'root:{CLIENT} 440\n'
    assert caller.install(package, '1') == (0, False, '')
    assert as_user(CLIENT, 'cat', str(package)).stdout == 'content'
    assert as_user(CLIENT, 'sh', '-c', f'echo x >>{package}').returncode != 0
    assert stat.S_IMODE(STATE.stat().st_mode) == 0o700


def test_no_script_is_a_sentence(caller, package):
    done = caller.verify(package)
    assert done.result == 8 and done.text == (
        '/etc/lwm2m-client/firmware: No such file or directory. See lwm2m-client-firmware-script(8).')
    run('journalctl', '--sync')
    told = run('journalctl', '--boot', '--no-pager', '--output=cat', f'--unit={UNIT}',
               f'MESSAGE_ID={MESSAGE_IDS["FIRMWARE_SCRIPT_FAILED"]}').stdout
    assert done.text in told


# -- ends

def test_what_the_script_leaves_ends_with_it(caller, hanging):
    """Also what has left its process group and its session."""
    serial, pid = hanging
    (FOLDER / 'gate').write_text('')
    assert caller.receive(serial) == (0, False, '')
    wait(lambda: gone(pid), 'still there')


def test_killed_in_the_middle(caller, package, hanging):
    """Everything goes with it; the next one knows that the installation was interrupted, no more."""
    _, pid = hanging
    run('systemctl', 'kill', '--signal=KILL', '--kill-who=main', UNIT)
    wait(lambda: gone(pid), 'the script lives on')
    done = caller.install(package, 'hanging')
    assert (done.result, done.reboot) == (8, False) and 'interrupted' in done.text
    assert (FOLDER / 'runs').read_text() == 'run\n'


def test_stop_waits_for_an_installation(caller, hanging):
    serial, pid = hanging
    run('systemctl', 'stop', '--no-block', UNIT)
    wait(lambda: show('ActiveState') == 'deactivating', 'not told to stop')
    assert not gone(pid)
    (FOLDER / 'gate').write_text('')
    assert caller.receive(serial) == (0, False, '')
    wait(lambda: show('ActiveState') == 'inactive', 'not stopped')
    assert show('Result') == 'success'


def test_restart_of_the_bus_in_the_middle(caller, package, hanging):
    """And of systemd itself. The client finds the installation by its id."""
    _, pid = hanging
    before = show('MainPID')
    run('systemctl', 'daemon-reexec')
    run('systemctl', 'restart', 'dbus.service')
    other = None
    end = time.monotonic() + 15
    while other is None:
        try:
            other = Caller('SYSTEM', CLIENT)
        except OSError:
            assert time.monotonic() < end
    with opened(package, CLIENT) as fd:
        serial = other.send('Install', 'hs', (fd, 'hanging'))
        wait(lambda: run('busctl', 'status', NAME, check=False).returncode == 0, 'the name is not there')
        assert show('MainPID') == before and not gone(pid)
        (FOLDER / 'gate').write_text('')
        assert other.receive(serial) == (0, False, '')
    assert (FOLDER / 'runs').read_text() == 'run\n'
    other.close()
    # The fixture's connection has gone with the bus.


def test_service_that_is_killed_while_idle(caller, package):
    """The next call starts another one."""
    write_script('exit 0')
    assert caller.verify(package).result == 0
    os.kill(int(show('MainPID')), signal.SIGKILL)
    wait(lambda: show('ActiveState') != 'active', 'not noticed')
    assert caller.verify(package).result == 0


# -- with the client

@pytest.fixture
def client(unit, monitor, servers):
    """The client, registered, with this service as its back end."""
    unit.configure(servers.yaml() + f'firmware_update:\n  backend: {NAME}\n')
    unit.start()
    monitor.wait_status('registered')
    return servers.lwm2m


def wait_firmware(server, state, result):
    """State and Update Result, as the server reads them."""
    def read(resource):
        return int(server.read(f'/5/0/{resource}', accept=peer.TEXT).text)
    wait(lambda: (read(3), read(5)) == (state, result), f'not State {state} and Result {result}')


def push(server, content):
    assert server.write('/5/0/0', content, cf=peer.OPAQUE).code_text == '2.04'


def test_server_updates_the_machine_by_the_script(client):
    """The script says what the package is; a package that it refuses is never installed, by no order."""
    write_script(f'case $1 in\nverify) grep --quiet good "$2" || {{ echo "not one of ours" >&2; exit 5; }}\n'
                 f'echo name=gateway; echo version=2.0;;\n'
                 f'install) echo installed >>{FOLDER}/installed;;\nesac')
    push(client, b'a bad package')
    wait_firmware(client, 0, 5)
    text = run('busctl', 'get-property', 'org.lwm2m.Client1', '/org/lwm2m/Client1',
               'org.lwm2m.Client1.Firmware', 'ResultText').stdout
    assert 'not one of ours' in text
    assert client.execute('/5/0/2').code_text == '4.05'
    wait(lambda: not PACKAGE.exists(), 'the package is still there')

    push(client, b'a good package')
    wait_firmware(client, 2, 0)
    assert PACKAGE.exists()
    assert client.read('/5/0/7', accept=peer.TEXT).text == '2.0'
    assert client.execute('/5/0/2').code_text == '2.04'
    wait_firmware(client, 0, 1)
    assert (FOLDER / 'installed').read_text() == 'installed\n'


def test_client_that_is_restarted_before_the_installation(client, unit, monitor):
    """It reads the package still, though that is root's by now, and asks for what goes on by its id."""
    os.mkfifo(FOLDER / 'gate')
    write_script(f'test "$1" = verify || {{ echo run >>{FOLDER}/runs; cat {FOLDER}/gate; }}')
    push(client, b'package')
    wait_firmware(client, 2, 0)
    unit.kill(signal.SIGKILL)
    monitor.wait_status('registered')
    wait_firmware(client, 2, 0)
    assert client.execute('/5/0/2').code_text == '2.04'
    wait(lambda: (FOLDER / 'runs').exists(), 'the script does not run')
    unit.kill(signal.SIGKILL)
    monitor.wait_status('registered')
    (FOLDER / 'gate').write_text('')
    wait_firmware(client, 0, 1)
    assert (FOLDER / 'runs').read_text() == 'run\n'
