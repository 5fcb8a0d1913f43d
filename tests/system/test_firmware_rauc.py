# SPDX-License-Identifier: Apache-2.0
"""Firmware Update by RAUC on a real machine: from the Write of the package to the first registration after
the reboot, out of the unit's sandbox, by logind and polkit."""
import signal
import time
from pathlib import Path

import pytest
import rauc as box_rauc
from conftest import HERE, PATH, TIMEOUT, as_user, get, run, wait_journal
from lwm2m_peer import OPAQUE, TEXT

LOGIND = ('org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager')
FACE = 'org.lwm2m.Client1.Firmware'
RULES = Path('/etc/polkit-1/rules.d/50-lwm2m-client.rules')
HARMLESS = Path('/run/systemd/system/reboot.target')
PACKAGE, RUNTIME = Path('/var/lib/lwm2m-client/firmware-package'), Path('/run/lwm2m-client')
BUNDLE = Path('/var/lib/bundle.raucb')
KEYS = 'device: {reboot: logind}\nfirmware_update: {backend: rauc}\n'
IDLE, DOWNLOADED, UPDATING = '0', '2', '3'    # State, /5/0/3


@pytest.fixture(scope='module', params=box_rauc.kinds()[:1], ids=lambda kind: kind.NAME)
def kind(request):
    return request.param()


@pytest.fixture
def rauc(kind):
    kind.reset()
    yield kind
    kind.stop()


@pytest.fixture(scope='module', autouse=True)
def reboots():
    """logind lets the daemon reboot, and what it starts then is harmless here."""
    RULES.parent.mkdir(parents=True, exist_ok=True)
    RULES.write_text((HERE.parent.parent / 'data' / 'lwm2m-client.rules').read_text())
    HARMLESS.write_text('[Unit]\nDescription=No reboot\n')
    run('systemctl', 'daemon-reload')
    end = time.monotonic() + TIMEOUT
    while 'yes' not in as_user('lwm2m-client', 'busctl', 'call', *LOGIND, 'CanReboot').stdout:
        assert time.monotonic() < end


def wait_reboot():
    """Until logind goes down."""
    end = time.monotonic() + TIMEOUT
    while run('systemctl', 'is-active', 'reboot.target', check=False).stdout.strip() != 'active':
        assert time.monotonic() < end, 'no reboot'


class Device:
    """The registered client, as its server sees it."""

    def __init__(self, unit, servers):
        self.unit, self.server = unit, servers.lwm2m
        unit.configure(servers.yaml() + KEYS)
        self.start()

    def start(self):
        number = len(self.server.registrations)
        self.unit.start()
        self.registration = self.server.wait_registration(number + 1)
        self.state = self.server.observe('/5/0/3', accept=TEXT)
        self.result = self.server.observe('/5/0/5', accept=TEXT)

    def wait(self, wanted, observation=None):
        """Until State, or Update Result, is notified so."""
        seen = observation or self.state

        def told():
            return [seen.answer, *seen.messages][-1].text == wanted
        self.server.wait(told, TIMEOUT, f'{wanted} at {seen.request.path}')

    def read(self, resource):
        return self.server.read(resource, accept=TEXT).text

    def push(self):
        return self.server.write('/5/0/0', BUNDLE.read_bytes(), OPAQUE, block_size=1024)

    def update(self):
        """Up to where the machine goes down."""
        run('systemctl', 'stop', 'reboot.target')
        assert self.server.execute('/5/0/2').code_text == '2.04'
        self.server.wait_deregistered(self.registration)
        wait_reboot()

    def boot(self):
        """The machine comes up."""
        self.unit.stop()
        for file in RUNTIME.glob('*'):
            file.unlink()
        self.start()


@pytest.fixture
def device(unit, servers, rauc):
    return Device(unit, servers)


def wait_removed():
    """Until the package is."""
    end = time.monotonic() + TIMEOUT
    while PACKAGE.exists():
        assert time.monotonic() < end, 'the package is still there'


def test_new_image_boots(device, rauc):
    image = rauc.bundle(BUNDLE)
    assert device.push().code_text == '2.04'
    device.wait(DOWNLOADED)
    assert PACKAGE.exists()
    assert (device.read('/5/0/6'), device.read('/5/0/7')) == (box_rauc.COMPATIBLE, '2.0')
    device.update()
    assert rauc.has_installed(image) and rauc.primary == 'B'
    rauc.start('B')
    device.boot()
    device.wait(IDLE)
    assert device.read('/5/0/5') == '1'
    wait_removed()


def test_new_image_does_not_boot(device, rauc):
    rauc.bundle(BUNDLE)
    assert device.push().code_text == '2.04'
    device.wait(DOWNLOADED)
    device.update()
    rauc.start('A')
    device.boot()
    device.wait(IDLE)
    assert device.read('/5/0/5') == '8'
    assert 'booted slot A again' in get('ResultText', PATH, FACE)
    wait_journal('booted slot A again')
    wait_removed()


@pytest.mark.parametrize('words, result', [({'forged': True}, '5'), ({'compatible': 'toaster'}, '6')])
def test_bundle_that_is_refused(device, rauc, words, result):
    rauc.bundle(BUNDLE, **words)
    assert device.push().code_text == '2.04'
    device.wait(result, device.result)
    device.wait(IDLE)
    assert device.server.execute('/5/0/2').code_text == '4.05'
    assert rauc.primary == 'A'
    wait_removed()


def test_killed_while_rauc_installs(device, rauc):
    rauc.bundle(BUNDLE)
    assert device.push().code_text == '2.04'
    device.wait(DOWNLOADED)
    rauc.hold()
    run('systemctl', 'stop', 'reboot.target')
    assert device.server.execute('/5/0/2').code_text == '2.04'
    device.wait(UPDATING)
    end = time.monotonic() + TIMEOUT
    while not rauc.is_held:
        assert time.monotonic() < end, 'no installation'
    number = len(device.server.registrations)
    device.unit.kill(signal.SIGKILL)
    device.server.wait_registration(number + 1)
    rauc.let_go()
    wait_reboot()
    rauc.start('B')
    device.boot()
    device.wait(IDLE)
    assert device.read('/5/0/5') == '1'
    wait_removed()
