# SPDX-License-Identifier: Apache-2.0
"""The installed configuration, and a wrong one, in the service."""
from pathlib import Path

import pytest
from conftest import CONFIG, UNIT, get, journal, run, show


def test_unchanged_start_is_refused_and_not_repeated(unit):
    assert run('systemctl', 'start', UNIT, check=False).returncode != 0
    assert show('ExecMainStatus') == '78'
    assert (show('ActiveState'), show('SubState')) == ('failed', 'failed')
    assert show('NRestarts') == '0'
    assert 'bootstrap.server' in journal()


TEMPLATE = Path('/usr/share/lwm2m-client/lwm2m-client.yaml')
MODES = {CONFIG.parent: 'root:lwm2m-client 750', CONFIG: 'root:lwm2m-client 640',
         TEMPLATE: 'root:root 644'}


def modes():
    return {path: run('stat', '--format=%U:%G %a', str(path)).stdout.strip() for path in MODES}


def test_installed_modes():
    assert modes() == MODES


def test_configuration_is_made_of_the_template_where_there_is_none(unit):
    """What is there stays, but for a mode that shows its keys to others; what is missing is made, as after
    the installation."""
    create = ('systemd-tmpfiles', '--create', 'lwm2m-client.conf')
    assert CONFIG.read_text() == TEMPLATE.read_text()
    unit.configure('endpoint: mine\n')
    CONFIG.chmod(0o644)
    run(*create)
    assert (CONFIG.read_text(), modes()) == ('endpoint: mine\n', MODES)
    CONFIG.unlink()
    run(*create)
    assert (CONFIG.read_text(), modes()) == (TEMPLATE.read_text(), MODES)


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
