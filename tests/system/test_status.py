# SPDX-License-Identifier: Apache-2.0
"""The sequences of StatusChanged, as busctl shows them, against golden text."""
from conftest import HERE, call, get


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
    registered.stop()
    servers.lwm2m.wait_deregistered(servers.lwm2m.registrations[0])
