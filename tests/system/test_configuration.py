# SPDX-License-Identifier: Apache-2.0
"""The installed configuration, and a wrong one, in the service."""
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


def test_wrong_configuration_at_reload_leaves_the_service_alone(registered, servers):
    pid = registered.pid
    registered.configure(servers.yaml() + 'no_such_key: 1\n')
    run('systemctl', 'reload', UNIT)
    assert get('Status') == 'registered'
    assert registered.pid == pid
