# SPDX-License-Identifier: Apache-2.0
"""What the journal keeps of the service: fields, MESSAGE_IDs with their explanations, and the level."""
import contextlib
import json
import os
import signal
import threading
from pathlib import Path

import pytest
from conftest import CONFIG, NAME, UNIT, entries, get, journal, peer, run, show, wait_journal

STATUS_CHANGED = '4dc9cadfd70a481d936af04272669174'
BOOTSTRAP_FAILED = 'eb00e4e5592847029fc620677b520594'
CONFIGURATION_INVALID = '8f71102e3a574aa18e167a24da79e584'
LOG_CONTROL = ('/org/freedesktop/LogControl1', 'org.freedesktop.LogControl1')


@pytest.fixture
def slow_journal():
    """Stands still for some seconds."""
    @contextlib.contextmanager
    def stand_still(seconds):
        pid = int(run('systemctl', 'show', '--value', '--property=MainPID', 'systemd-journald').stdout)
        os.kill(pid, signal.SIGSTOP)
        go_on = threading.Timer(seconds, os.kill, (pid, signal.SIGCONT))
        go_on.start()
        yield
        go_on.join()
    return stand_still


def changes():
    return [(entry['LWM2M_OLD_STATUS'], entry['LWM2M_STATUS'])
            for entry in entries(MESSAGE_ID=STATUS_CHANGED, _PID=show('MainPID'))]


def test_each_transition_has_its_entry(registered):
    assert changes() == [('initial', 'bootstrapping'), ('bootstrapping', 'bootstrapped'),
                         ('bootstrapped', 'registering'), ('registering', 'registered')]
    entry = entries(LWM2M_STATUS='registered', _PID=show('MainPID'))[0]
    assert entry['LWM2M_SUBSTATUS'] == 'idle'
    assert entry['PRIORITY'] == '6'
    assert entry['SYSLOG_IDENTIFIER'] == 'lwm2m-clientd'
    assert 'LWM2M_ERROR' not in entry


def test_failed_attempt_names_server_and_error(unit, monitor):
    uri = f'coap://127.0.0.1:{peer.closed_port()}'
    unit.configure(f'bootstrap:\n  server:\n    uri: {uri}\n    security_mode: nosec\n')
    unit.start()
    assert monitor.wait_error()[0] == 'Refused'
    entry, = entries(MESSAGE_ID=BOOTSTRAP_FAILED, _PID=show('MainPID'))
    assert (entry['LWM2M_ERROR'], entry['LWM2M_SERVER_URI']) == ('Refused', uri)
    assert entry['PRIORITY'] == '4'
    assert uri in entry['MESSAGE']


def test_configuration_problem_names_the_place(unit):
    unit.configure('endpoint: box\nbootstrap:\n  retry_cuont: 1\n')
    run('systemctl', 'start', UNIT, check=False)
    entry = entries(MESSAGE_ID=CONFIGURATION_INVALID)[-1]
    assert entry['CONFIG_FILE'] == '/etc/lwm2m-client/lwm2m-client.yaml'
    assert entry['CONFIG_LINE'] == '3'
    assert entry['MESSAGE'].startswith('/etc/lwm2m-client/lwm2m-client.yaml:3:3: ')
    assert entry['PRIORITY'] == '3'


def test_reason_of_a_failed_start_belongs_to_the_unit(unit, slow_journal):
    """However late the journal looks: it finds the unit of a line by the process that wrote it."""
    unit.configure('endpoint: box\nbootstrap:\n  retry_delya: 1\n')
    with slow_journal(0.3):
        run('systemctl', 'start', UNIT, check=False)
    assert "unknown key 'retry_delya'" in journal()


def test_every_message_id_is_explained():
    known = run('journalctl', '--list-catalog').stdout
    header = Path(__file__).parents[2] / 'include/util/message_ids.h'
    ids = [line.split('"')[1] for line in header.read_text().splitlines() if line.startswith('#define')]
    assert len(ids) >= 8 and [each for each in ids if each not in known] == []


def test_explanations_are_filled_in(unit, registered, servers):
    unit.configure(servers.yaml() + 'no_such_key: 1\n')
    unit.kill(signal.SIGHUP)    # systemctl reload would find it before the daemon does
    wait_journal('the old one stays in force')
    shown = run('journalctl', '--catalog', '--boot', '--no-pager', f'--unit={UNIT}',
                f'_PID={show("MainPID")}').stdout
    assert 'The status of the LwM2M client has changed' in shown
    assert f'Wrong configuration in {CONFIG}' in shown
    # A field that systemd does not fill in stays as it is written in the catalog.
    assert '@' not in shown


def test_service_log_level(registered, monitor, servers):
    assert run('systemctl', 'service-log-level', UNIT).stdout.strip() == 'info'
    run('systemctl', 'service-log-level', UNIT, 'debug')
    assert run('systemctl', 'service-log-level', UNIT).stdout.strip() == 'debug'
    run('systemctl', 'service-log-level', UNIT, 'err')
    run('busctl', 'call', NAME, '/org/lwm2m/Client1', 'org.lwm2m.Client1.Manager', 'Restart')
    monitor.wait_status('registered')
    # A transition is of level info: with err there is none of the restart.
    assert len(changes()) == 4
    run('systemctl', 'service-log-level', UNIT, 'info')
    assert run('systemctl', 'service-log-target', UNIT).stdout.strip() == 'journal'
    assert get('SyslogIdentifier', *LOG_CONTROL) == 'lwm2m-clientd'
    assert 'log level becomes' in journal()


def test_json_of_lwm2mctl_is_json(registered):
    shown = json.loads(run('lwm2mctl', '--json=short', 'status').stdout)
    assert 'registered' in json.dumps(shown)
