# SPDX-License-Identifier: Apache-2.0
"""The life of the packages on one machine, from the first installation to the purge: each test goes on where
the one before it has ended, and the first that fails ends it all."""
import gzip
import os
import re
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from box_conftest import (CONFIG, NAME, TIMEOUT, UNIT, Unit, as_user, call, get, journal, restart_bus, run,
                          show, wait_status_text)
from dtls_peer import Terminator

import firmware_service

SERVICE = Unit()
BEFORE, HEAD = Path('/srv/before'), Path('/srv/head')
STATE = Path('/var/lib/lwm2m-client')
WAIT_ONLINE = 'lwm2m-client-wait-online.service'
FIRMWARE_SCRIPT = 'lwm2m-client-firmware-script.service'
DOCUMENTS = Path('/usr/share/doc/lwm2m-client')
TEMPLATE = Path('/usr/share/lwm2m-client/lwm2m-client.yaml')
DROP_IN = Path(f'/etc/systemd/system/{UNIT}.d/credentials.conf')
KEY_FILE = Path('/etc/lwm2m-client/bootstrap.key')
IDENTITY, KEY = 'packaged', '000102030405060708090a0b0c0d0e0f'
OPERATOR, PUBLISHER, STRANGER = 'operator1', 'publisher1', 'nobody'
EVERYBODY, OPERATORS, PUBLISHERS = {STRANGER, OPERATOR, PUBLISHER}, {OPERATOR}, {OPERATOR, PUBLISHER}


def dpkg(*words, check=True):
    """As an administrator's apt calls it, with nobody there who could answer a question."""
    return run('env', 'DEBIAN_FRONTEND=noninteractive', 'dpkg', *words, check=check)


def install(folder):
    done = dpkg('--install', *map(str, sorted(folder.glob('*.deb'))))
    assert 'warning' not in done.stderr, done.stderr
    return done


def installed():
    """The packages' names."""
    return sorted(path.name.split('_')[0] for path in HEAD.glob('*.deb'))


def mode(path):
    return run('stat', '--format=%U:%G %a', str(path)).stdout.strip()


def is_enabled():
    return run('systemctl', 'is-enabled', UNIT, check=False).stdout.strip()


def state():
    """What the daemon knows; the lock tells who has it, nothing of the device."""
    return {path.name: path.read_bytes() for path in STATE.iterdir() if path.name != 'lock'}


def wait_registered():
    run('lwm2mctl', f'--timeout={TIMEOUT}s', 'wait-online')


def fragments():
    """Folders where a package leaves things, and what there is of ours."""
    places = ('/etc', '/var', '/usr', '/run', '/lib/systemd')
    apart = ('/var/log', '/var/cache', '/run/sdbox', '/run/log', '/usr/local')
    found = set()
    for place in places:
        for folder, folders, files in os.walk(place):
            folders[:] = [each for each in folders if os.path.join(folder, each) not in apart]
            found |= {os.path.join(folder, each) for each in folders + files if 'lwm2m' in each}
    return found


BEGIN = fragments()


# -- installation

def test_installation_starts_nothing():
    install(BEFORE)
    assert (is_enabled(), show('ActiveState'), show('Result')) == ('disabled', 'inactive', 'success')
    assert not STATE.exists()
    assert CONFIG.read_text() == TEMPLATE.read_text()
    assert (mode(CONFIG.parent), mode(CONFIG), mode(TEMPLATE)) == (
        'root:lwm2m-client 750', 'root:lwm2m-client 640', 'root:root 644')
    assert 'conffile' not in run('dpkg-query', '--show', '--showformat=${Conffiles}', 'lwm2m-client').stdout
    shell = run('getent', 'passwd', 'lwm2m-client').stdout.strip().split(':')[-1]
    assert shell.endswith('nologin')


def test_pictures_of_the_readme_are_there():
    with gzip.open(DOCUMENTS / 'README.md.gz', 'rt') as file:
        paths = re.findall(r'!\[[^]]*\]\(([^)]+)\)', file.read())
    assert paths and [path for path in paths if not (DOCUMENTS / path).is_file()] == []


def test_bus_knows_who_owns_the_name():
    """The bus has read the policy once there was the user that it names: dpkg's trigger."""
    words = ('busctl', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
             'RequestName', 'su', NAME, '0')
    assert as_user('lwm2m-client', *words).returncode == 0
    assert as_user(STRANGER, *words).returncode != 0


def test_start_before_it_is_configured_says_what_to_fill_in():
    assert run('systemctl', 'start', UNIT, check=False).returncode != 0
    assert show('ExecMainStatus') == '78'
    assert 'bootstrap.server' in journal()
    run('systemctl', 'reset-failed', UNIT)


def test_configure_and_start(servers):
    """As README.Debian says."""
    CONFIG.write_text(servers.yaml())
    assert run('lwm2mctl', 'check', str(CONFIG)).stderr == ''
    run('systemctl', 'enable', '--now', UNIT)
    wait_registered()
    assert is_enabled() == 'enabled'
    assert len(servers.bootstrap.first_transmissions()) == 1


# -- at work

def test_watch():
    wait_status_text('Registered with 1 LwM2M Server.')
    shown = run('systemctl', 'status', '--no-pager', UNIT).stdout
    assert 'Registered with 1 LwM2M Server.' in shown and 'man:lwm2m-clientd(8)' in shown
    assert 'registered' in run('lwm2mctl', 'status').stdout
    assert get('Status') == 'registered'
    # dpkg's trigger has made the catalog of the journal anew.
    explained = run('journalctl', '--boot', '--catalog', '--no-pager', f'--unit={UNIT}').stdout
    assert 'Subject: The status of the LwM2M client has changed' in explained
    assert '/usr/share/cockpit/lwm2m' in run('cockpit-bridge', '--packages').stdout.split()
    for page in ('8 lwm2m-clientd', '5 lwm2m-client.yaml', '1 lwm2mctl', '5 org.lwm2m.Client1'):
        assert run('man', '--where', *page.split()).stdout


def test_wait_online_is_for_who_names_it():
    def state(name):
        return run('systemctl', 'show', '--value', f'--property={name}', WAIT_ONLINE).stdout.strip()
    assert (state('UnitFileState'), state('ActiveState')) == ('static', 'inactive')
    run('systemctl', 'start', WAIT_ONLINE)
    assert state('ActiveState') == 'active'


def test_killed_it_is_there_again(monitor, servers):
    before = SERVICE.pid
    SERVICE.kill(signal.SIGKILL)
    monitor.wait_status('registered')
    assert SERVICE.pid != before and show('NRestarts') == '1'
    assert len(servers.bootstrap.first_transmissions()) == 1


def test_hung_it_is_restarted(monitor):
    SERVICE.drop_in('[Service]\nWatchdogSec=4s\nTimeoutAbortSec=1s\nRestartSec=100ms\n')
    run('systemctl', 'restart', UNIT)
    monitor.wait_status('registered')
    before = SERVICE.pid
    SERVICE.kill(signal.SIGSTOP)
    monitor.wait_status('registered')
    assert SERVICE.pid != before and 'Watchdog timeout' in journal()
    shutil.rmtree(f'/run/systemd/system/{UNIT}.d')
    run('systemctl', 'daemon-reload')


def test_restart_of_the_bus_is_survived(servers):
    before, registrations = SERVICE.pid, len(servers.lwm2m.registrations)
    restart_bus()
    assert (SERVICE.pid, get('Status')) == (before, 'registered')
    assert len(servers.lwm2m.registrations) == registrations


def test_broken_file_is_refused_at_a_reload(servers):
    before = SERVICE.pid
    CONFIG.write_text(servers.yaml() + 'no_such_key: 1\n')
    assert run('systemctl', 'reload', UNIT, check=False).returncode != 0
    assert f"{CONFIG}:" in journal()
    assert (SERVICE.pid, get('Status'), get('ConfigurationProblem')) == (before, 'registered', '')
    CONFIG.write_text(servers.yaml())
    run('systemctl', 'reload', UNIT)


@pytest.mark.parametrize('words, allowed', [
    (('org.freedesktop.DBus.Properties', 'GetAll', 's', 'org.lwm2m.Client1.Manager'), EVERYBODY),
    (('org.lwm2m.Client1.Objects', 'GetObjects'), EVERYBODY),
    (('org.lwm2m.Client1.Objects', 'Publish', 'qqa{qv}a{sv}', '3303', '65535', '1', '5700', 's', '1', '0'),
     PUBLISHERS),
    (('org.lwm2m.Client1.Manager', 'Reload'), OPERATORS),
    (('org.lwm2m.Client1.Manager', 'Reset'), set())])
def test_calls_are_for_whom_they_are(words, allowed):
    for user, group in (OPERATOR, 'lwm2m'), (PUBLISHER, 'lwm2m-publish'):
        if run('id', user, check=False).returncode != 0:
            run('useradd', '--system', f'--groups={group}', user)
    for user in EVERYBODY:
        done = as_user(user, 'busctl', 'call', NAME, '/org/lwm2m/Client1', *words)
        assert (done.returncode == 0) == (user in allowed), (user, done.stderr)
        assert user in allowed or 'Access denied' in done.stderr


@pytest.fixture(scope='module')
def front(servers):
    """DTLS-PSK in front of the Bootstrap Server."""
    terminator = Terminator(servers.bootstrap.port, IDENTITY, KEY)
    yield terminator
    terminator.close()


def test_key_by_credential(servers, front):
    """From now on the key is root's alone."""
    KEY_FILE.write_text(KEY)
    KEY_FILE.chmod(0o600)
    DROP_IN.parent.mkdir(parents=True)
    DROP_IN.write_text(f'[Service]\nLoadCredential=bootstrap-key:{KEY_FILE}\n')
    CONFIG.write_text(f'endpoint: box\nbootstrap:\n  jitter: 0%\n  server:\n    uri: {front.uri}\n'
                      f'    security_mode: psk\n    identity: {IDENTITY}\n'
                      '    key_credential: bootstrap-key\n')
    run('systemctl', 'daemon-reload')
    run('systemctl', 'restart', UNIT)
    wait_registered()
    run('lwm2mctl', 'bootstrap', '--wait')
    wait_registered()
    assert front.count('connected') == 1
    assert len(servers.bootstrap.first_transmissions()) == 2
    assert KEY not in journal()


# -- upgrade

def test_upgrade_keeps_everything_and_restarts(monitor, servers):
    before, configuration, known = SERVICE.pid, CONFIG.read_text(), state()
    registrations = len(servers.lwm2m.registrations)
    install(HEAD)
    wait_registered()
    assert SERVICE.pid != before and show('NRestarts') == '0'
    assert len(servers.lwm2m.registrations) == registrations + 1
    assert len(servers.bootstrap.first_transmissions()) == 2
    assert CONFIG.read_text() == configuration
    assert state()['current'] == known['current'] and set(known) <= set(state())
    assert (mode(CONFIG.parent), mode(CONFIG), mode(KEY_FILE), mode(STATE)) == (
        'root:lwm2m-client 750', 'root:lwm2m-client 640', 'root:root 600',
        'lwm2m-client:lwm2m-client 700')
    assert is_enabled() == 'enabled'


def test_upgrade_starts_nothing_that_was_stopped(servers):
    run('systemctl', 'disable', '--now', UNIT)
    install(HEAD)
    assert (is_enabled(), show('ActiveState')) == ('disabled', 'inactive')


def test_upgrade_restarts_what_runs_without_being_enabled():
    run('systemctl', 'start', UNIT)
    wait_registered()
    before = SERVICE.pid
    install(HEAD)
    wait_registered()
    assert SERVICE.pid != before and is_enabled() == 'disabled'
    run('systemctl', 'enable', UNIT)


def test_configuration_that_was_deleted_comes_back_as_the_template():
    kept = CONFIG.read_text()
    CONFIG.unlink()
    install(HEAD)
    assert (CONFIG.read_text(), mode(CONFIG)) == (TEMPLATE.read_text(), 'root:lwm2m-client 640')
    # And the device is where it was: on the configuration accepted last.
    wait_registered()
    assert get('ConfigurationProblem') != ''
    CONFIG.write_text(kept)
    run('systemctl', 'reload', UNIT)
    assert get('ConfigurationProblem') == ''


# -- firmware

def test_firmware_script_installs_the_package_itself():
    """Which stops, and starts anew, the client that has asked, and nothing of what runs the script."""
    script, package = Path('/etc/lwm2m-client/firmware'), Path('/srv/firmware-package')
    script.write_text('#!/bin/sh\ntest "$1" = install || exit 0\nexport DEBIAN_FRONTEND=noninteractive\n'
                      f'dpkg --install {HEAD}/*.deb >&2 || exit 8\n'
                      f'systemctl is-active {FIRMWARE_SCRIPT} >&2\n')
    script.chmod(0o755)
    package.write_text('x')
    shutil.chown(package, 'lwm2m-client', 'lwm2m-client')
    before, caller = SERVICE.pid, firmware_service.Caller('SYSTEM', 'lwm2m-client')
    assert caller.install(package, 'itself', timeout=120) == (0, False, 'active')
    caller.close()
    wait_registered()
    assert SERVICE.pid != before
    shown = run('systemctl', 'show', '--value', '--property=NRestarts,Result', FIRMWARE_SCRIPT).stdout
    assert sorted(shown.split()) == ['0', 'success']
    script.unlink()


# -- autopkgtest

def test_autopkgtest():
    """The demonstration, as Debian's own machines would run it."""
    done = subprocess.run(['autopkgtest', '--no-built-binaries', '/srv/source', '--', 'null'],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, check=False)
    print(done.stdout[-8000:])
    assert done.returncode == 0


# -- the end

def test_removal_stops_it_and_keeps_what_is_the_devices(servers):
    configuration, known = CONFIG.read_text(), state()
    dpkg('--remove', *installed())
    assert show('ActiveState') == 'inactive' and show('LoadState') == 'not-found'
    assert run('systemctl', 'is-active', WAIT_ONLINE, check=False).stdout.strip() == 'inactive'
    servers.lwm2m.wait(lambda: servers.lwm2m.registrations[-1].deregistered, TIMEOUT, 'no De-register')
    assert CONFIG.read_text() == configuration
    assert state()['current'] == known['current']
    assert run('id', 'lwm2m-client').returncode == 0


def test_installation_after_a_removal_goes_on_with_it(servers):
    install(HEAD)
    assert (is_enabled(), show('ActiveState')) == ('enabled', 'inactive')
    run('systemctl', 'start', UNIT)
    wait_registered()
    assert len(servers.bootstrap.first_transmissions()) == 2


def test_purge_leaves_nothing_but_what_the_administrator_made():
    dpkg('--purge', *installed())
    assert run('systemctl', 'is-active', UNIT, check=False).stdout.strip() == 'inactive'
    assert not CONFIG.parent.exists() and not STATE.exists()
    assert fragments() - BEGIN == {str(DROP_IN.parent)}
    # As Debian has it: a number of a user that is gone could become another's.
    assert run('id', 'lwm2m-client').returncode == 0
    assert stat.S_ISREG(DROP_IN.stat().st_mode) and call('Restart', check=False).returncode != 0


def test_purge_empties_folders_that_are_elsewhere(tmp_path):
    """Behind a link, or on a file system of their own: the keys go, the place stays."""
    install(HEAD)
    (tmp_path / 'current').write_text(KEY)
    (tmp_path / 'folder').mkdir()
    STATE.symlink_to(tmp_path)
    run('mount', '--bind', str(CONFIG.parent), str(CONFIG.parent))
    try:
        dpkg('--purge', *installed())
        assert list(CONFIG.parent.iterdir()) == []
    finally:
        run('umount', str(CONFIG.parent))
    assert not STATE.is_symlink() and list(tmp_path.iterdir()) == []
