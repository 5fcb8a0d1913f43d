# SPDX-License-Identifier: Apache-2.0
"""Who may do what on the system bus."""
import pytest
from conftest import MANAGER, NAME, PATH, as_user, call, get, journal, run

STRANGER = 'nobody'
OPERATOR = 'operator1'
FIRMWARE = 'org.lwm2m.Client1.Firmware'
LOG_CONTROL = ('/org/freedesktop/LogControl1', 'org.freedesktop.LogControl1')


@pytest.fixture(scope='module', autouse=True)
def operator():
    run('useradd', '--system', '--groups=lwm2m', OPERATOR)


def restart(user):
    return as_user(user, 'busctl', 'call', NAME, PATH, MANAGER, 'Restart')


def denied(done):
    return done.returncode != 0 and 'Access denied' in done.stderr


def test_everybody_reads(registered):
    for words in (['get-property', NAME, PATH, MANAGER, 'Status'],
                  ['introspect', NAME, PATH],
                  ['call', NAME, PATH, MANAGER, 'GetHistory'],
                  ['call', NAME, PATH, 'org.freedesktop.DBus.Peer', 'Ping'],
                  ['call', NAME, PATH, 'org.freedesktop.DBus.Properties', 'GetAll', 's', MANAGER],
                  ['call', NAME, PATH, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects'],
                  ['get-property', NAME, *LOG_CONTROL, 'LogLevel']):
        assert as_user(STRANGER, 'busctl', *words).returncode == 0, words


def test_stranger_calls_no_method(registered):
    assert denied(restart(STRANGER))
    for words in (['Reload'], ['Reset'], ['Bootstrap', 'a{sv}', '0']):
        assert denied(as_user(STRANGER, 'busctl', 'call', NAME, PATH, MANAGER, *words)), words
    for words in (['Update'], ['Disable', 'u', '1'], ['Send', 'asa{sv}', '1', '/3', '0']):
        assert denied(as_user(STRANGER, 'busctl', 'call', NAME, f'{PATH}/server/1',
                              'org.lwm2m.Client1.Server', *words)), words
    for member in 'Cancel', 'Install':
        assert denied(as_user(STRANGER, 'busctl', 'call', NAME, PATH, FIRMWARE, member)), member
    assert get('Status') == 'registered'


def test_stranger_does_not_own_the_name(unit):
    words = ('busctl', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
             'RequestName', 'su', NAME, '0')
    assert as_user(STRANGER, *words).returncode != 0
    assert as_user('lwm2m-client', *words).returncode == 0


def test_operator_calls_methods(registered, monitor):
    """And the journal says whose order it was."""
    assert restart(OPERATOR).returncode == 0
    monitor.wait_status('registered')
    uid = run('id', '-u', OPERATOR).stdout.strip()
    assert f'A restart is asked for on D-Bus by user {uid}.' in journal()


def test_firmware_is_for_operators(registered):
    """Without a back end there is nothing to call, which the daemon says and not the bus."""
    for user, members in (OPERATOR, ['Cancel', 'Install', 'GetHistory']), (STRANGER, ['GetHistory']):
        for member in members:
            done = as_user(user, 'busctl', 'call', NAME, PATH, FIRMWARE, member)
            assert done.returncode != 0 and 'Unknown' in done.stderr, (user, member, done.stderr)


def test_operator_does_not_reset(registered):
    assert denied(as_user(OPERATOR, 'busctl', 'call', NAME, PATH, MANAGER, 'Reset'))
    assert get('Status') == 'registered'


def test_lwm2mctl_says_who_may(registered):
    for user, verb in (STRANGER, 'restart'), (OPERATOR, 'reset'):
        refused = as_user(user, 'lwm2mctl', verb)
        assert (refused.returncode, refused.stdout) == (1, '')
        assert refused.stderr == (
            'Access denied. As installed, bootstrap, restart, reload, update, disable, send, '
            'firmware cancel and firmware install are for root and members of group lwm2m, set also for '
            'members of group lwm2m-publish, reset is for root.\n')


def test_log_level_is_roots(registered):
    words = ('busctl', 'set-property', NAME, *LOG_CONTROL, 'LogLevel', 's', 'debug')
    assert denied(as_user(STRANGER, *words))
    assert denied(as_user(OPERATOR, *words))
    assert get('LogLevel', *LOG_CONTROL) == 'info'
    run(*words)
    assert get('LogLevel', *LOG_CONTROL) == 'debug'


def test_root_resets(registered, monitor):
    call('Reset')
    monitor.wait_status('registered')
