# SPDX-License-Identifier: Apache-2.0
"""Back ends of Firmware Update on a real system bus, asked under the daemon's name and as its user: RAUC of
Debian, and the example of org.lwm2m.FirmwareBackend1(5)."""
import os
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest
import rauc as box_rauc
from conftest import HERE, as_user, run

ASKER = Path(os.environ['LWM2M_BUILD']) / 'tests' / 'system' / 'firmware_asker'
PACKAGES = Path('/var/lib/lwm2m-client-packages')
PACKAGE = PACKAGES / 'package'
USER = 'lwm2m-client'


@pytest.fixture(scope='module', params=box_rauc.kinds(), ids=lambda kind: kind.NAME)
def rauc(request):
    return request.param()


@pytest.fixture
def installer(rauc):
    """RAUC as after a boot from slot A, with nothing installed."""
    rauc.reset()
    yield rauc
    rauc.stop()


@pytest.fixture(autouse=True)
def packages():
    """A folder as the daemon's state directory is."""
    shutil.rmtree(PACKAGES, ignore_errors=True)
    PACKAGES.mkdir(mode=0o700)
    shutil.chown(PACKAGES, USER, USER)


def give(path=PACKAGE):
    """The package belongs to the daemon's user, and is nobody else's."""
    shutil.chown(path, USER, USER)
    os.chmod(path, 0o600)


def ask(back_end, *words):
    """(Update Result and whether a reboot is wanted, {name, version, mark, text})"""
    done = as_user(USER, ASKER, back_end, *map(str, words))
    assert done.returncode == 0, done.stderr
    found = re.search('^(.*) name=(.*) version=(.*) mark=(.*) text=(.*)$', done.stdout, re.M)
    return found[1], dict(zip(('name', 'version', 'mark', 'text'), found.groups()[1:]))


def begin(*words):
    """One that is not waited for."""
    return subprocess.Popen(['setpriv', f'--reuid={USER}', f'--regid={USER}', '--clear-groups', ASKER,
                             *map(str, words)], stdout=subprocess.PIPE, text=True)


def test_bundle_is_verified_and_installed(installer):
    image = installer.bundle(PACKAGE)
    give()
    result, said = ask('rauc', 'verify', PACKAGE)
    assert (result, said['name'], said['version']) == ('0', box_rauc.COMPATIBLE, '2.0')
    result, said = ask('rauc', 'prepare')
    assert (result, said['mark']) == ('0', 'A')
    result, said = ask('rauc', 'install', PACKAGE, 'id-1')
    assert result == '0 reboot', said
    assert installer.primary == 'B' and installer.has_installed(image)
    # The machine comes up from what was installed, or falls back.
    installer.start('B')
    assert ask('rauc', 'booted', '-', 'id-1', 'A')[0] == '0'
    installer.start('A')
    result, said = ask('rauc', 'booted', '-', 'id-1', 'A')
    assert result == '8' and 'booted slot A again' in said['text']


def test_bundles_that_are_refused(installer):
    installer.bundle(PACKAGE, forged=True)
    give()
    result, said = ask('rauc', 'verify', PACKAGE)
    assert result == '5' and said['text'].startswith('RAUC refuses: ')
    installer.bundle(PACKAGE, compatible='toaster')
    give()
    result, said = ask('rauc', 'verify', PACKAGE)
    assert result == '6' and '"toaster"' in said['text'] and f'"{box_rauc.COMPATIBLE}"' in said['text']
    # Who installs it all the same is told no.
    result, said = ask('rauc', 'install', PACKAGE, 'id-1')
    assert result == '8' and said['text'].startswith('RAUC has not installed the bundle: ')
    assert installer.primary == 'A'
    PACKAGE.write_bytes(os.urandom(5000))
    give()
    assert ask('rauc', 'verify', PACKAGE)[0] == '5'


def test_slot_that_cannot_be_written(installer):
    installer.bundle(PACKAGE)
    give()
    installer.break_slot()
    result, said = ask('rauc', 'install', PACKAGE, 'id-1')
    assert result == '8' and said['text'].startswith('RAUC has not installed the bundle: ')


def test_daemon_that_restarts_in_the_middle(installer):
    """It waits for what is under way, and sees how what has ended ended."""
    installer.bundle(PACKAGE)
    give()
    installer.hold()
    with begin('rauc', 'install', PACKAGE, 'id-1') as first:
        assert re.match('[0-9]+% ', first.stdout.readline())
        first.kill()
    with begin('rauc', 'resume', PACKAGE, 'id-1', 'A') as second:
        installer.let_go()
        assert '\n0 reboot name=' in '\n' + second.communicate()[0]
    assert ask('rauc', 'resume', PACKAGE, 'id-1', 'A')[0] == '0 reboot'
    assert installer.primary == 'B'


def test_rauc_that_cannot_start(installer):
    installer.bundle(PACKAGE)
    give()
    run('systemctl', 'stop', box_rauc.UNIT)
    run('systemctl', 'mask', '--runtime', box_rauc.UNIT)
    try:
        result, said = ask('rauc', 'verify', PACKAGE)
        assert result == '8' and said['text'].startswith('RAUC could not be started: ')
    finally:
        run('systemctl', 'unmask', '--runtime', box_rauc.UNIT)


# --- the example of org.lwm2m.FirmwareBackend1(5)

EXAMPLE, POLICY = 'org.example.Backend1', Path('/etc/dbus-1/system.d/org.example.Backend1.conf')


def page(beginning):
    """The block of the page, as one would copy it, that begins with these words."""
    text = (HERE.parents[1] / 'man' / 'org.lwm2m.FirmwareBackend1.5.rst').read_text()
    blocks = re.findall(r'::\n\n((?:    .*\n|\n)+)', text)
    return textwrap.dedent(next(block for block in blocks if block.strip().startswith(beginning)))


@pytest.fixture
def example():
    POLICY.write_text(page('<busconfig>'))
    run('systemctl', 'reload', 'dbus')
    (PACKAGES / 'backend.py').write_text(page('import os'))
    run('systemd-run', '--unit=example', '--service-type=dbus', f'--property=BusName={EXAMPLE}',
        '/usr/bin/python3', '-B', PACKAGES / 'backend.py')
    yield
    run('systemctl', 'stop', 'example', check=False)
    POLICY.unlink()
    run('systemctl', 'reload', 'dbus')


def test_example_of_the_page(example):
    PACKAGE.write_text('firmware 2.0')
    give()
    result, said = ask(EXAMPLE, 'verify', PACKAGE)
    assert (result, said['name'], said['version']) == ('0', 'example', '2.0')
    # A repeated id has its first result, whatever comes with it.
    assert ask(EXAMPLE, 'prepare')[0] == '0'
    assert ask(EXAMPLE, 'install', PACKAGE, 'id-1')[0] == '0 reboot'
    PACKAGE.write_text('garbage')
    assert ask(EXAMPLE, 'resume', PACKAGE, 'id-1')[0] == '0 reboot'
    assert ask(EXAMPLE, 'booted', '-', 'id-1')[0] == '0'
    result, said = ask(EXAMPLE, 'verify', PACKAGE)
    assert (result, said['text']) == ('5', 'It does not begin with the word firmware.')
    assert ask(EXAMPLE, 'install', PACKAGE, 'id-2')[0] == '5'


def test_only_the_daemon_asks(example):
    """By the back end's policy and ours; that it is there everybody sees."""
    assert 'python3' in as_user('nobody', *page('$ busctl').split()[1:]).stdout
    for user, may in ('nobody', False), ('lwm2m-client', True):
        done = as_user(user, 'busctl', 'call', EXAMPLE, '/org/lwm2m/FirmwareBackend1',
                       'org.lwm2m.FirmwareBackend1', 'Booted', 's', 'id-1')
        assert (done.returncode == 0) == may, done.stderr
    assert 'Access denied' in as_user(USER, 'busctl', 'call', EXAMPLE, '/', 'org.example.Other', 'Do').stderr


def test_nobody_is_there():
    PACKAGE.write_text('firmware 2.0')
    give()
    result, said = ask(EXAMPLE, 'verify', PACKAGE)
    assert result == '8' and said['text'].startswith(f'Nobody has the name {EXAMPLE} on the system bus')
