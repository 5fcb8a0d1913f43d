# SPDX-License-Identifier: Apache-2.0
"""What a server may do to the machine: the real logind, timedated and polkit, out of the unit's sandbox."""
import time
from pathlib import Path

import pytest
from conftest import HERE, TIMEOUT, as_user, run, wait_journal

RULES = Path('/etc/polkit-1/rules.d/50-lwm2m-client.rules')
HARMLESS = Path('/run/systemd/system/reboot.target')
BACK_ENDS = 'device: {reboot: logind, set_time: timedated, power: sysfs}\n'


@pytest.fixture
def device(unit, monitor, servers):
    """The service, registered, with every back end; the LwM2M Server of it."""
    unit.configure(servers.yaml() + BACK_ENDS)
    unit.start()
    monitor.wait_status('registered')
    servers.lwm2m.wait_registration()
    return servers.lwm2m


@pytest.fixture
def rules():
    """As the build option installs them; polkit sees new ones a moment later."""
    RULES.parent.mkdir(parents=True, exist_ok=True)
    RULES.write_text((HERE.parent.parent / 'data' / 'lwm2m-client.rules').read_text())
    end = time.monotonic() + TIMEOUT
    while 'yes' not in can_reboot():
        assert time.monotonic() < end, can_reboot()
    yield
    RULES.unlink()


def can_reboot():
    return as_user('lwm2m-client', 'busctl', 'call', 'org.freedesktop.login1', '/org/freedesktop/login1',
                   'org.freedesktop.login1.Manager', 'CanReboot').stdout


def test_nothing_without_the_rules(device):
    """No build installs them by itself."""
    assert not list(Path('/usr/share/polkit-1').glob('**/*lwm2m*')) and not RULES.exists()
    response = device.execute('/3/0/4')
    assert response.code_text == '5.00' and 'CanReboot' in response.text
    response = device.write('/3/0/15', b'Asia/Tokyo')
    assert response.code_text == '5.00' and 'timedated refuses' in response.text
    wait_journal('asks for a reboot, and gets 5.00')
    wait_journal('sets time or time zone, and gets 5.00')


def test_time_zone_with_the_rules(rules, device):
    assert device.write('/3/0/15', b'Asia/Tokyo').code_text == '2.04'
    assert run('timedatectl', 'show', '--value', '--property=Timezone').stdout.strip() == 'Asia/Tokyo'
    assert device.read('/3/0/15', accept=0).payload == b'Asia/Tokyo'
    assert device.read('/3/0/14', accept=0).payload == b'+09:00'
    response = device.write('/3/0/15', b'Asia/Nowhere')
    assert response.code_text == '4.00' and 'Asia/Nowhere' in response.text
    assert device.write('/3/0/14', b'+00:00').code_text == '2.04'
    assert device.read('/3/0/15', accept=0).payload == b'UTC'


def test_clock_of_a_container_cannot_be_set(rules, device):
    """timedated is asked out of the sandbox, and the kernel says no to it."""
    response = device.write('/3/0/13', b'1700000000')
    assert response.code_text == '5.00' and 'timedated' in response.text


def test_power_supplies_of_the_machine(device):
    """Whatever there is: the class is seen out of the sandbox."""
    assert device.read('/3/0/11').code_text == '2.05'


def test_reboot_with_the_rules(rules, device):
    """Down to logind; the target that it starts is a harmless one here."""
    HARMLESS.write_text('[Unit]\nDescription=No reboot\n')
    run('systemctl', 'daemon-reload')
    registration = device.registrations[-1]
    assert device.execute('/3/0/4').code_text == '2.04'
    device.wait_deregistered(registration)
    end = time.monotonic() + TIMEOUT
    while run('systemctl', 'is-active', 'reboot.target', check=False).stdout.strip() != 'active':
        assert time.monotonic() < end, 'no reboot'
    wait_journal('Rebooting the machine.')
