# SPDX-License-Identifier: Apache-2.0
"""lwm2m-client-wait-online.service: what needs the LwM2M Server can be ordered behind it."""
from pathlib import Path

import pytest
from conftest import UNIT, peer, run

WAIT = 'lwm2m-client-wait-online.service'
DROP_IN = Path(f'/run/systemd/system/{WAIT}.d/test.conf')
METER = Path('/run/systemd/system/meter.service')


def state(unit=WAIT):
    return run('systemctl', 'show', '--value', '--property=ActiveState', unit).stdout.strip()


def drop_in(text):
    DROP_IN.parent.mkdir(parents=True, exist_ok=True)
    DROP_IN.write_text(text)
    run('systemctl', 'daemon-reload')


@pytest.fixture(autouse=True)
def clear():
    yield
    run('systemctl', 'stop', WAIT, 'meter.service', check=False)
    run('systemctl', 'reset-failed', WAIT, check=False)
    DROP_IN.unlink(missing_ok=True)
    METER.unlink(missing_ok=True)
    run('systemctl', 'daemon-reload')


def test_nothing_starts_it():
    """It is valid, cannot be enabled, and no boot waits for it."""
    shown = run('systemd-analyze', 'verify', '--man=no', WAIT)
    assert 'lwm2m' not in shown.stderr
    assert run('systemctl', 'is-enabled', WAIT, check=False).stdout == 'static\n'
    assert run('systemctl', 'show', '--value', '--property=WantedBy,RequiredBy', WAIT).stdout.split() == []
    run('systemd-analyze', 'security', '--no-pager', '--threshold=25', WAIT)


def test_a_unit_begins_when_the_client_is_registered(unit, monitor, servers):
    """It starts the client, waits while that is refused, and is done with the registration."""
    unit.configure(servers.yaml() + '  retry_delay: 1s\n  retry_delay_max: 1s\n  retry_count: 60\n')
    servers.bootstrap.answer = peer.code('5.03')
    METER.write_text(f'[Unit]\nRequires={WAIT}\nAfter={WAIT}\n'
                     '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=lwm2mctl is-registered\n')
    run('systemctl', 'daemon-reload')
    run('systemctl', 'start', '--no-block', 'meter.service')
    monitor.wait_status('bootstrapping')
    assert (state(), state('meter.service')) == ('activating', 'inactive')
    servers.bootstrap.answer = peer.code('2.04')
    run('systemctl', 'start', 'meter.service')      # the job that waits
    assert (state(), state('meter.service')) == ('active', 'active')
    assert state(UNIT) == 'active'


def test_it_waits_again_after_a_crash_and_goes_with_a_stop(registered, monitor):
    run('systemctl', 'start', WAIT)
    assert state() == 'active'
    registered.kill(9)
    monitor.wait_status('registered')
    run('systemctl', 'start', WAIT)
    assert state() == 'active'
    registered.stop()
    assert state() == 'inactive'


def test_in_vain_the_journal_says_why(unit, monitor, servers):
    servers.bootstrap.answer = peer.code('4.03')
    unit.configure(servers.yaml() + '  retry_count: 0\n  on_failure: stay\n')
    unit.start()
    monitor.wait_status('failure')
    drop_in('[Service]\nExecStart=\nExecStart=lwm2mctl wait-online --timeout=500ms\n')
    assert run('systemctl', 'start', WAIT, check=False).returncode != 0
    assert state() == 'failed'
    run('journalctl', '--sync')
    told = run('journalctl', '--boot', '--no-pager', '--output=cat', f'--unit={WAIT}').stdout
    assert 'Not registered within 0.5 s. Status is failure (stopped): BootstrapRejected: ' in told
