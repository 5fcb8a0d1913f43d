# SPDX-License-Identifier: Apache-2.0
"""What the tests in the box share: the unit, the bus seen by busctl, and the peers on loopback."""
import json
import os
import queue
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / 'peer'))
sys.path.append(str(HERE.parent / 'integration'))
import lwm2m_peer as peer  # noqa: E402
from bus_monitor import BusMonitor  # noqa: E402
from dtls_peer import Terminator  # noqa: E402

UNIT = 'lwm2m-client.service'
NAME = 'org.lwm2m.Client1'
PATH = '/org/lwm2m/Client1'
MANAGER = 'org.lwm2m.Client1.Manager'
CONFIG = Path('/etc/lwm2m-client/lwm2m-client.yaml')
DROP_IN = Path(f'/run/systemd/system/{UNIT}.d/test.conf')
TIMEOUT = 15


def run(*words, check=True):
    """Runs a program of the box; its output as text."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise AssertionError(f'{" ".join(words)}: status {done.returncode}\n{done.stdout}{done.stderr}')
    return done


def as_user(user, *words):
    """The same as a user of the box, with the groups of that user."""
    group = run('id', '-g', user).stdout.strip()
    return run('setpriv', f'--reuid={user}', f'--regid={group}', '--init-groups', *words, check=False)


def show(name):
    """A property of the unit."""
    return run('systemctl', 'show', '--value', f'--property={name}', UNIT).stdout.strip()


def wait_status_text(*words):
    """Waits until the sentence of `systemctl status` has these words; systemd takes it asynchronously."""
    end = time.monotonic() + TIMEOUT
    while not all(word in (text := show('StatusText')) for word in words):
        assert time.monotonic() < end, f'not {words} in {text!r}'
    return text


def journal():
    """What the unit has logged since the boot."""
    run('journalctl', '--sync')
    return run('journalctl', '--boot', '--no-pager', '--output=cat', f'--unit={UNIT}').stdout


def wait_journal(words):
    """Waits for a line of the unit's present process."""
    run('timeout', str(TIMEOUT), 'sh', '-c',
        'journalctl --boot --follow --lines=all --output=cat "_PID=$1" | grep --max-count=1 --fixed-strings '
        '-e "$2"', 'sh', show('MainPID'), words)


def entries(**fields):
    """The journal's entries of the unit since the boot with these fields, as dictionaries."""
    run('journalctl', '--sync')
    shown = run('journalctl', '--boot', '--no-pager', '--output=json', f'--unit={UNIT}',
                *(f'{name}={value}' for name, value in fields.items()))
    return [json.loads(line) for line in shown.stdout.splitlines()]


def get(name, path=PATH, interface=MANAGER):
    """A property on the bus; busctl does the reading."""
    shown = run('busctl', '--json=short', 'get-property', NAME, path, interface, name)
    return json.loads(shown.stdout)['data']


def call(method, *arguments, path=PATH, interface=MANAGER, check=True):
    return run('busctl', 'call', NAME, path, interface, method, *arguments, check=check)


class Monitor:
    """busctl monitor: the Manager's signals and the owners of the bus name, in the order of the bus."""

    MATCHES = (f"type='signal',path='{PATH}',interface='{MANAGER}',member='StatusChanged'",
               "type='signal',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',"
               f"path='{PATH}',arg0='{MANAGER}'",
               f"type='signal',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{NAME}'")

    def __init__(self):
        self.messages = queue.Queue()
        self.lines = []     # the transitions as text
        self.busctl = BusMonitor(self.MATCHES, lambda message: self.messages.put(
            (message['member'], message['payload']['data'])))

    def _wait(self, member, wanted):
        end = time.monotonic() + TIMEOUT
        while True:
            try:
                seen, data = self.messages.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f'no such {member} within {TIMEOUT} s; seen:\n{self.text()}') from None
            if seen == 'StatusChanged':
                self.lines.append(f'{data[0]} -> {data[1]}' + (f' ({data[2]})' if data[2] else ''))
            if seen == member and wanted(data):
                return data

    def wait_status(self, status):
        """Waits for the transition into a Status."""
        return self._wait('StatusChanged', lambda data: data[1] == status)

    def wait_error(self):
        """Waits until LastError tells of one; its name and sentence."""
        def tells(data):
            return data[1].get('LastError', {'data': ['', '']})['data'][0]
        return self._wait('PropertiesChanged', tells)[1]['LastError']['data']

    def wait_owner(self):
        """Waits until somebody takes the bus name; the unique name of that connection."""
        return self._wait('NameOwnerChanged', lambda data: data[2])[2]

    def text(self):
        """The transitions waited for since the last call, a line each."""
        text = ''.join(line + '\n' for line in self.lines)
        self.lines.clear()
        return text

    def close(self):
        self.busctl.close()


def wait_owned():
    """Waits until the daemon has its bus name."""
    watch = Monitor()
    try:
        if run('busctl', 'status', NAME, check=False).returncode != 0:
            watch.wait_owner()
    finally:
        watch.close()


def restart_bus():
    """Restarts the bus, and waits until the daemon has its name there again."""
    run('systemctl', 'restart', 'dbus.service')
    wait_owned()


class Unit:
    """The service of one test."""

    def configure(self, text):
        """Writes the YAML, with owner and mode as installed."""
        CONFIG.write_text(text)

    def drop_in(self, text):
        DROP_IN.parent.mkdir(parents=True, exist_ok=True)
        DROP_IN.write_text(text)
        run('systemctl', 'daemon-reload')

    def start(self):
        run('systemctl', 'start', UNIT)

    def stop(self):
        run('systemctl', 'stop', UNIT)

    def kill(self, signal):
        os.kill(self.pid, signal)

    @property
    def pid(self):
        return int(show('MainPID'))

    def clear(self):
        """As before the first start."""
        run('systemctl', 'stop', UNIT, check=False)
        if DROP_IN.exists():
            DROP_IN.unlink()
            run('systemctl', 'daemon-reload')
        run('systemctl', 'reset-failed', UNIT, check=False)
        run('systemctl', 'clean', '--what=state', UNIT, check=False)


@pytest.fixture
def unit():
    installed = CONFIG.read_text()
    unit = Unit()
    yield unit
    unit.clear()
    CONFIG.write_text(installed)


@pytest.fixture
def monitor():
    monitor = Monitor()
    yield monitor
    monitor.close()


class Servers:
    """A Bootstrap Server that provisions one LwM2M Server, both in this process."""

    def __init__(self):
        self.lwm2m = peer.LwM2MServer()
        self.bootstrap = peer.BootstrapServer(
            script=[peer.delete('/'), *peer.account(self.lwm2m.uri), peer.finish()])

    def yaml(self):
        return (f'endpoint: box\nbootstrap:\n  jitter: 0%\n  server:\n'
                f'    uri: {self.bootstrap.uri}\n    security_mode: nosec\n')

    def close(self):
        self.bootstrap.close()
        self.lwm2m.close()


@pytest.fixture
def servers():
    servers = Servers()
    yield servers
    servers.close()


@pytest.fixture
def terminator():
    """Makes DTLS-PSK ends in front of plain peers."""
    made = []

    def make(*arguments):
        made.append(Terminator(*arguments))
        return made[-1]
    yield make
    for each in made:
        each.close()


@pytest.fixture
def registered(unit, monitor, servers):
    """The service, bootstrapped and registered."""
    unit.configure(servers.yaml())
    unit.start()
    monitor.wait_status('registered')
    monitor.text()
    return unit
