# SPDX-License-Identifier: Apache-2.0
"""The service under systemd: start without a network, watchdog, SIGKILL, and a bus that comes and goes."""
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import NAME, UNIT, get, journal, peer, restart_bus, run, show, wait_owned

START_LIMIT = 2.0


@pytest.fixture
def black_hole_name_server():
    """A name server that takes every query and answers none."""
    configuration = Path('/etc/resolv.conf')
    before = configuration.read_text() if configuration.exists() else ''
    configuration.unlink(missing_ok=True)
    configuration.write_text('nameserver 127.0.0.1\n')
    with peer.BlackHole(port=53):
        yield
    configuration.write_text(before)


def test_start_does_not_wait_for_the_name_server(unit, monitor, black_hole_name_server):
    unit.configure('bootstrap:\n  server:\n'
                   '    uri: coap://bootstrap.example.org\n    security_mode: nosec\n')
    begin = time.monotonic()
    unit.start()
    assert time.monotonic() - begin < START_LIMIT
    monitor.wait_status('bootstrapping')
    assert get('SubStatus') == 'resolving'
    begin = time.monotonic()
    unit.stop()
    assert time.monotonic() - begin < START_LIMIT
    assert show('Result') == 'success'


def test_watchdog_restarts_a_hung_daemon(registered, monitor):
    registered.stop()
    # A ping comes between half and three quarters of the period: what is left is for a busy machine.
    registered.drop_in('[Service]\nWatchdogSec=4s\nTimeoutAbortSec=1s\nRestartSec=100ms\n')
    registered.start()
    monitor.wait_status('registered')
    before = registered.pid
    # More than a period: a healthy daemon keeps systemd content.
    time.sleep(5)
    assert registered.pid == before
    registered.kill(signal.SIGSTOP)
    monitor.wait_status('registered')
    assert registered.pid != before
    assert 'Watchdog timeout' in journal()


def test_sigkill_is_survived_without_a_bootstrap(registered, monitor, servers):
    before = registered.pid
    registered.kill(signal.SIGKILL)
    monitor.wait_status('registered')
    assert monitor.text() == 'initial -> registering\nregistering -> registered\n'
    assert registered.pid != before
    assert show('NRestarts') == '1'
    assert len(servers.bootstrap.first_transmissions()) == 1
    assert len(servers.lwm2m.registrations) == 2


def test_bus_restart_is_survived(registered, servers):
    before = registered.pid
    restart_bus()
    assert registered.pid == before
    assert get('Status') == 'registered'
    assert len(servers.lwm2m.registrations) == 1


def test_start_without_a_bus(unit, servers):
    unit.configure(servers.yaml())
    run('systemctl', 'stop', 'dbus.socket', 'dbus.service')
    try:
        unit.start()
        servers.lwm2m.wait_registration()
    finally:
        run('systemctl', 'start', 'dbus.socket', 'dbus.service')
    wait_owned()
    assert get('Status') == 'registered'


def test_sigterm_from_outside_is_survived(registered, monitor, servers):
    """Who is not systemd does not stop the service for good, and the journal says who it was."""
    before = registered.pid
    kill = subprocess.Popen(['kill', '-TERM', str(before)])
    assert kill.wait(5) == 0
    monitor.wait_status('registered')
    assert registered.pid != before
    assert f'Stopping, as signal SIGTERM of process {kill.pid} (user 0) asks.' in journal()
    assert len(servers.bootstrap.first_transmissions()) == 1
    assert len(servers.lwm2m.registrations) == 2
    registered.stop()
    assert (show('ActiveState'), show('Result')) == ('inactive', 'success')
    assert 'Stopping, as signal SIGTERM of process 1 (user 0) asks.' in journal()


def test_nothing_but_an_order_starts_the_service(unit, servers):
    """A look at it does not, though it is enabled, nor what an earlier version has left behind (run.py)."""
    unit.configure(servers.yaml())
    run('systemctl', 'enable', UNIT)
    try:
        looked = run('busctl', 'call', NAME, '/org/lwm2m/Client1', 'org.freedesktop.DBus.Peer', 'Ping',
                     check=False)
        assert looked.returncode != 0
        assert run('lwm2mctl', 'status', check=False).returncode == 3
        assert show('ActiveState') == 'inactive'
        assert not servers.lwm2m.records and not servers.bootstrap.records
        assert show('Names') == UNIT
    finally:
        run('systemctl', 'disable', UNIT)


def test_limits_of_the_unit_are_far(registered):
    """It needs less than an eighth of MemoryMax=; 17 threads resolve names, at most."""
    lines = Path(f'/proc/{registered.pid}/status').read_text().splitlines()
    status = dict(line.split(':', 1) for line in lines)
    assert int(status['VmHWM'].split()[0]) * 1024 < int(show('MemoryMax')) / 8, status['VmHWM']
    assert int(status['Threads']) + 17 < int(show('TasksMax')) < 100
