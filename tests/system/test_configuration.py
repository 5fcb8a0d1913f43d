# SPDX-License-Identifier: Apache-2.0
"""The installed configuration, and a wrong one, in the service."""
import pytest
from conftest import CONFIG, UNIT, get, journal, run, show


def test_unchanged_start_is_refused_and_not_repeated(unit):
    assert run('systemctl', 'start', UNIT, check=False).returncode != 0
    assert show('ExecMainStatus') == '78'
    assert (show('ActiveState'), show('SubState')) == ('failed', 'failed')
    assert show('NRestarts') == '0'
    assert 'bootstrap.server' in journal()


def test_installed_modes():
    folder = run('stat', '--format=%U:%G %a', str(CONFIG.parent)).stdout.strip()
    file = run('stat', '--format=%U:%G %a', str(CONFIG)).stdout.strip()
    assert (folder, file) == ('root:lwm2m-client 750', 'root:lwm2m-client 640')


@pytest.mark.parametrize('broken', ['no_such_key: 1\n', 'endpoint: [box\n', '\x00\x01\x02'],
                         ids=['key', 'syntax', 'garbage'])
def test_wrong_configuration_at_reload_leaves_the_service_alone(registered, servers, broken):
    """systemctl says that it has failed, the journal why."""
    pid = registered.pid
    registered.configure(servers.yaml() + broken)
    assert run('systemctl', 'reload', UNIT, check=False).returncode != 0
    assert f'{CONFIG}:' in journal()
    assert (registered.pid, show('ActiveState')) == (pid, 'active')
    assert (get('Status'), get('EndpointName')) == ('registered', 'box')
    assert get('ConfigurationProblem') == ''
    assert len(servers.lwm2m.registrations) == 1


def test_reload_applies_a_changed_configuration(registered, monitor, servers):
    registered.configure(servers.yaml().replace('endpoint: box', 'endpoint: other-box'))
    run('systemctl', 'reload', UNIT)
    monitor.wait_status('registered')
    assert get('EndpointName') == 'other-box'
    assert show('NRestarts') == '0'
