# SPDX-License-Identifier: Apache-2.0
"""Power cuts, late mounts and second daemons in the service: the device is registered all the same."""
import os
import pwd
import socket
import subprocess
import time
from pathlib import Path

import pytest
from conftest import (CONFIG, NAME, PATH, UNIT, as_user, call, get, journal, run, show, wait_journal,
                      wait_status_text)

STATE = Path('/var/lib/lwm2m-client')
IDENTITY, KEY = 'box-identity', '000102030405060708090a0b0c0d0e0f'
KEY_FILE = CONFIG.parent / 'key.hex'
CLOCK = '/run/test-clock/socket'
YEARS = 20 * 365 * 86400


def snapshot():
    """What the state directory holds, and whose it is."""
    return {path.name: (path.stat().st_uid, path.stat().st_mtime_ns, path.read_bytes())
            for path in sorted(STATE.iterdir())}


def assert_service_can_use_its_files():
    owner = pwd.getpwnam('lwm2m-client').pw_uid
    assert {entry[0] for entry in snapshot().values()} == {owner}


@pytest.fixture
def keyed(unit, monitor, servers, terminator):
    """Registered, bootstrapped over DTLS by a key file."""
    front = terminator(servers.bootstrap.port, IDENTITY, KEY)
    KEY_FILE.write_text(KEY)
    KEY_FILE.chmod(0o640)
    run('chgrp', 'lwm2m-client', str(KEY_FILE))
    unit.configure(f'endpoint: box\nbootstrap:\n  jitter: 0%\n  server:\n    uri: {front.uri}\n'
                   f'    security_mode: psk\n    identity: {IDENTITY}\n    key_file: {KEY_FILE}\n')
    unit.start()
    monitor.wait_status('registered')
    yield unit
    KEY_FILE.unlink(missing_ok=True)


@pytest.mark.parametrize('content', ['', '\0' * 500], ids=['0-byte', 'nul'])
def test_yaml_lost_in_a_power_cut(registered, monitor, servers, content):
    good = CONFIG.read_text()
    registered.kill(9)
    registered.configure(content if not content else good[:40] + content)
    monitor.wait_status('registered')       # systemd has started it again
    assert f'The configuration {CONFIG} cannot be used' in journal()
    problem = get('ConfigurationProblem')
    assert problem.startswith(f'{CONFIG}:')
    wait_status_text('Registered', problem)
    assert len(servers.bootstrap.bootstrap_requests()) == 1

    assert run('systemctl', 'reload', UNIT, check=False).returncode != 0
    assert get('Status') == 'registered'
    registered.configure(good)
    run('systemctl', 'reload', UNIT)
    wait_status_text('Registered with 1 LwM2M Server.')
    assert get('ConfigurationProblem') == ''
    assert show('NRestarts') == '1'


def test_key_file_that_appears_late(keyed, monitor):
    keyed.stop()
    KEY_FILE.rename(KEY_FILE.with_suffix('.late'))
    keyed.start()
    monitor.wait_status('registered')
    assert "'key_file' names a file that does not exist; it counts as unchanged" in journal()
    assert "'key_file'" in get('ConfigurationProblem')
    KEY_FILE.with_suffix('.late').rename(KEY_FILE)
    run('systemctl', 'reload', UNIT)
    wait_status_text('Registered with 1 LwM2M Server.')
    assert get('ConfigurationProblem') == ''


def test_localhost_for_one_boot(unit, monitor, servers):
    before = run('hostname').stdout.strip()
    try:
        run('hostname', 'gateway-9')
        unit.configure(servers.yaml().replace('endpoint: box', 'endpoint: "{hostname}"'))
        unit.start()
        monitor.wait_status('registered')
        unit.stop()
        run('hostname', 'localhost')
        unit.start()
        monitor.wait_status('registered')
        assert get('EndpointName') == 'gateway-9'
        assert "it is 'localhost' at the moment" in journal()
        assert len(servers.bootstrap.bootstrap_requests()) == 1
        run('hostname', 'gateway-9')
        run('systemctl', 'reload', UNIT)    # it sees the machine's name of now
        wait_status_text('Registered with 1 LwM2M Server.')
        assert get('ConfigurationProblem') == ''
        assert len(servers.bootstrap.bootstrap_requests()) == 1
    finally:
        run('hostname', before)


def test_reload_with_a_key_file_that_the_service_may_not_read(keyed):
    """It fails, and nothing changes."""
    good = CONFIG.read_text()
    other = KEY_FILE.with_name('other.hex')
    other.write_text(KEY)
    other.chmod(0o600)
    try:
        keyed.configure(good.replace(str(KEY_FILE), str(other)))
        assert run('systemctl', 'reload', UNIT, check=False).returncode != 0
        assert f"{CONFIG}:" in journal() and "'key_file' names a file that may not be read" in journal()
        assert get('Status') == 'registered' and get('LastError') == ['', '']
    finally:
        other.unlink()


def test_reload_with_a_credential(unit, monitor, servers, terminator):
    """The check cannot open it there: a warning; a wrong file is found all the same."""
    front = terminator(servers.bootstrap.port, IDENTITY, KEY)
    KEY_FILE.write_text(KEY)
    KEY_FILE.chmod(0o600)
    try:
        unit.drop_in(f'[Service]\nLoadCredential=bootstrap-key:{KEY_FILE}\n')
        good = (f'endpoint: box\nbootstrap:\n  jitter: 0%\n  server:\n    uri: {front.uri}\n'
                f'    security_mode: psk\n    identity: {IDENTITY}\n    key_credential: bootstrap-key\n')
        unit.configure(good)
        unit.start()
        monitor.wait_status('registered')
        unit.configure(good + 'device: {manufacturer: changed}\n')
        run('systemctl', 'reload', UNIT)
        wait_status_text('Registered')
        unit.configure(good + 'no_such_key: 1\n')
        assert run('systemctl', 'reload', UNIT, check=False).returncode != 0
        assert get('Status') == 'registered'
    finally:
        KEY_FILE.unlink()


def test_clock_that_is_set_after_the_start(unit, monitor, servers):
    """No battery-backed clock: twenty years late, until the time comes from the network."""
    unit.drop_in('[Service]\nRuntimeDirectory=test-clock\n'
                 'Environment=LD_PRELOAD=/usr/local/lib/clock_shim.so '
                 f'CLOCK_SHIM_OFFSET=-{YEARS} CLOCK_SHIM_SOCKET={CLOCK}\n')
    unit.configure(servers.yaml())
    unit.start()
    monitor.wait_status('registered')
    server = f'{PATH}/server/1', f'{NAME}.Server'

    def late():
        """Seconds that the times shown are behind."""
        shown = [get(name) for name in ('StatusTimestamp', 'LastBootstrapTimestamp')]
        shown.append(get('LastRegistrationTimestamp', *server))
        return [time.time() - each / 1e6 for each in shown]
    assert all(YEARS <= each < YEARS + 60 for each in late())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.sendto(b'0', CLOCK)
    wait_journal('The clock was set forward by ')
    assert all(0 <= each < 60 for each in late())
    call('Update', path=server[0], interface=server[1])
    registration, = servers.lwm2m.registrations
    servers.lwm2m.wait_update(registration)
    assert get('Status') == 'registered'


@pytest.mark.parametrize('user', ['root', 'lwm2m-client'])
def test_second_daemon_by_hand(registered, monitor, servers, tmp_path, user):
    """With another endpoint: it ends with 1 and names the service's PID; nothing is lost or unreadable."""
    other = tmp_path / 'other.yaml'
    other.write_text(servers.yaml().replace('endpoint: box', 'endpoint: by-hand'))
    for path in (other, *list(other.parents)[:3]):
        if str(path) != '/tmp':
            os.chmod(path, 0o755)
    before = snapshot()
    for words in ([], ['--no-bus']):
        done = as_user(user, '/usr/sbin/lwm2m-clientd', f'--config={other}', *words)
        assert done.returncode == 1
        assert f'process {registered.pid}' in done.stderr
    assert snapshot() == before
    assert get('Status') == 'registered'
    run('systemctl', 'restart', UNIT)
    monitor.wait_status('registered')
    assert len(servers.bootstrap.bootstrap_requests()) == 1
    assert_service_can_use_its_files()


def test_run_by_hand_as_root_leaves_files_that_the_service_can_use(registered, monitor, servers):
    """Beside a stopped service."""
    registered.stop()
    with subprocess.Popen(['/usr/sbin/lwm2m-clientd', '--no-bus']) as by_hand:
        servers.lwm2m.wait_registration(2)
        by_hand.terminate()
    assert by_hand.returncode == 0
    assert_service_can_use_its_files()
    registered.start()
    monitor.wait_status('registered')
    assert len(servers.bootstrap.bootstrap_requests()) == 1
    assert 'damaged' not in journal()
