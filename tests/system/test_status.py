# SPDX-License-Identifier: Apache-2.0
"""The sequences of StatusChanged, as busctl shows them, against golden text."""
import time

from conftest import HERE, call, get, peer, show

STOP_LIMIT = 2.0


def golden(name):
    return (HERE / 'golden' / f'{name}.txt').read_text()


def test_start(unit, monitor, servers):
    unit.configure(servers.yaml())
    unit.start()
    monitor.wait_status('registered')
    assert monitor.text() == golden('start')
    assert get('Status') == 'registered'
    assert get('SubStatus') == 'idle'
    assert get('LastError') == ['', '']
    assert get('Bootstrapped') is True
    assert get('EndpointName') == 'box'


def test_reset(registered, monitor, servers):
    call('Reset')
    monitor.wait_status('registered')
    assert monitor.text() == golden('reset')
    assert len(servers.bootstrap.first_transmissions()) == 2
    assert servers.lwm2m.registrations[0].deregistered


def test_restart(registered, monitor, servers):
    call('Restart')
    monitor.wait_status('registered')
    assert monitor.text() == golden('restart')
    assert len(servers.bootstrap.first_transmissions()) == 1
    assert not servers.lwm2m.registrations[0].deregistered


def test_stop_deregisters(registered, servers):
    begin = time.monotonic()
    registered.stop()
    assert time.monotonic() - begin < STOP_LIMIT
    assert show('Result') == 'success' and show('ExecMainStatus') == '0'
    servers.lwm2m.wait_deregistered(servers.lwm2m.registrations[0])


def test_stop_does_not_wait_for_a_dead_server(registered, servers):
    servers.lwm2m.silent = True
    begin = time.monotonic()
    registered.stop()
    assert time.monotonic() - begin < STOP_LIMIT
    assert servers.lwm2m.received(lambda message: message.code == peer.DELETE)
    assert show('Result') == 'success'
