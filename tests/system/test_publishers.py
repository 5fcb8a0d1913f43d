# SPDX-License-Identifier: Apache-2.0
"""Services of other users that publish Objects: who may, what arrives where, and what outlives what."""
import shutil
import sys
import time
from pathlib import Path

import pytest
from conftest import HERE, MANAGER, NAME, PATH, TIMEOUT, UNIT, as_user, get, peer, run
from jeepney.wrappers import DBusErrorResponse
from publisher import ERROR
from system_bus import publisher
from system_services import Error

PUBLISHER, OPERATOR, STRANGER = 'sensor1', 'operator1', 'nobody'
GROUPS = {PUBLISHER: 'lwm2m-publish', OPERATOR: 'lwm2m'}
TEMPERATURE, ACTUATION = 3303, 3306
OBJECTS = f'{NAME}.Objects'
ACCOUNT = f'{PATH}/server/1'
EXAMPLE = HERE.parents[1] / 'data' / 'examples' / 'publish.py'
PROGRAM = Path('/usr/local/lib/publish.py')
SERVICE = 'sensor.service'
SERVICE_FILE = Path('/run/systemd/system') / SERVICE
SERVICE_TEXT = f"""[Service]
User={PUBLISHER}
ExecStart={sys.executable} {PROGRAM}
Restart=always
RestartSec=100ms
"""
COLLECTING = 2      # s that changes of the object list are collected for


@pytest.fixture(scope='module', autouse=True)
def users():
    for user, group in GROUPS.items():
        run('useradd', '--system', f'--groups={group}', user)


@pytest.fixture
def connect():
    """Makes publishers of users."""
    made = []

    def make(user, **options):
        made.append(publisher(user, **options))
        return made[-1]
    yield make
    for each in made:
        each.close()


@pytest.fixture
def service():
    """The example as a service of a user who may publish."""
    shutil.copy(EXAMPLE, PROGRAM)
    SERVICE_FILE.write_text(SERVICE_TEXT)
    run('systemctl', 'daemon-reload')
    run('systemctl', 'start', SERVICE)
    yield SERVICE
    run('systemctl', 'stop', SERVICE)
    SERVICE_FILE.unlink()
    run('systemctl', 'daemon-reload')


def wait_started_again(service):
    end = time.monotonic() + TIMEOUT
    while run('systemctl', 'show', '--value', '--property=NRestarts', service).stdout.strip() != '1':
        assert time.monotonic() < end


def busctl(user, method, *words, path=PATH, interface=OBJECTS):
    return as_user(user, 'busctl', 'call', NAME, path, interface, method, *words)


def denied(done):
    return done.returncode != 0 and 'Access denied' in done.stderr


def read(servers, path):
    """{path: value}, or the code."""
    response = servers.lwm2m.read(path, accept=peer.SENML_JSON)
    return peer.senml_json_decode(response.payload) if response.code_text == '2.05' else response.code_text


def wait_read(servers, path, wanted):
    end = time.monotonic() + TIMEOUT
    while not wanted(seen := read(servers, path)):
        assert time.monotonic() < end, f'{path}: {seen}'


def is_there(seen):
    return isinstance(seen, dict)


def is_gone(seen):
    return seen == '4.04'


def announced(servers):
    """What the server was told last."""
    registration = servers.lwm2m.registrations[-1]
    lists = [registration.request, *(each for each in registration.updates if each.payload)]
    return lists[-1].text.split(',')


def wait_announced(servers, link, there=True):
    servers.lwm2m.wait(lambda: (link in announced(servers)) == there, TIMEOUT, f'{link}: {there}')


def test_groups_are_there():
    assert run('getent', 'group', 'lwm2m-publish').stdout.startswith('lwm2m-publish:')
    assert run('id', '-nG', PUBLISHER).stdout.split()[-1] == 'lwm2m-publish'


@pytest.mark.parametrize('user', GROUPS)
def test_member_publishes_and_sets(registered, servers, connect, user):
    sensor = connect(user)
    sensor.publish_object(TEMPERATURE)
    assert sensor.publish(TEMPERATURE, 65535, {5700: 21.5}) == 0
    sensor.set({'/3303/0/5700': 22.5, '/3303/0/5701': 'Cel'})
    assert read(servers, '/3303/0') == {'/3303/0/5700': 22.5, '/3303/0/5701': 'Cel'}
    assert sensor.get('/3303') == {'/3303/0/5700': 22.5, '/3303/0/5701': 'Cel'}
    wait_announced(servers, '</3303/0>')
    sensor.withdraw(TEMPERATURE)
    assert read(servers, '/3303/0') == '4.04'
    wait_announced(servers, '</3303/0>', there=False)


def test_handler_of_another_user_is_asked(registered, servers, connect):
    """The daemon is lwm2m-client, which is no member of anything."""
    valve = connect(PUBLISHER)
    valve.publish_object(ACTUATION)
    valve.publish(ACTUATION, 0, {5850: True}, handler=True)
    assert servers.lwm2m.write('/3306/0/5850', b'0').code_text == '2.04'
    assert valve.asked() == [('Write', ACTUATION, 0, {5850: False}, False, 1)]
    valve.answers['Write'] = Error(f'{ERROR}NotAcceptable', 'The valve is stuck')
    refused = servers.lwm2m.write('/3306/0/5850', b'1')
    assert (refused.code_text, refused.text) == ('4.06', 'The valve is stuck')
    assert read(servers, '/3306/0/5850') == {'/3306/0/5850': False}
    assert servers.lwm2m.delete('/3306/0').code_text == '2.02'
    assert valve.asked()[-1] == ('Delete', ACTUATION, 0, 1)


def test_nobody_else_asks_a_handler(registered, connect):
    valve = connect(PUBLISHER)
    valve.publish(ACTUATION, 0, {5850: True}, handler=True)
    for user in STRANGER, OPERATOR:
        done = as_user(user, 'busctl', 'call', valve.name, '/handler', f'{NAME}.ObjectHandler', 'Delete',
                       'qqq', str(ACTUATION), '0', '1')
        assert denied(done)
    assert valve.asked() == []


def test_publisher_may_nothing_else(registered):
    for words in ['Restart'], ['Reload'], ['Reset'], ['Bootstrap', 'a{sv}', '0']:
        assert denied(busctl(PUBLISHER, *words, interface=MANAGER)), words
    for words in (['Update'], ['Disable', 'u', '1'], ['Send', 'asa{sv}', '1', '/3', '0']):
        assert denied(busctl(PUBLISHER, *words, path=ACCOUNT, interface=f'{NAME}.Server')), words
    assert denied(as_user(PUBLISHER, 'busctl', 'set-property', NAME, '/org/freedesktop/LogControl1',
                          'org.freedesktop.LogControl1', 'LogLevel', 's', 'debug'))
    assert as_user(PUBLISHER, 'busctl', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                   'org.freedesktop.DBus', 'RequestName', 'su', NAME, '0').returncode != 0
    assert get('Status') == 'registered'


def test_stranger_only_reads(registered, connect):
    sensor = connect(PUBLISHER)
    sensor.publish(TEMPERATURE, 0, {5700: 21.5})
    shown = busctl(STRANGER, 'GetValues', 'as', '1', '/3303')
    assert shown.stdout == 'a(sv) 1 "/3303/0/5700" d 21.5\n'
    shown = busctl(STRANGER, 'GetTexts', 'as', '1', '/3303')
    assert shown.stdout == 'a(ss) 1 "/3303/0/5700" "21.5"\n'
    shown = busctl(STRANGER, 'GetObjects')
    assert shown.returncode == 0 and '3303 "1' in shown.stdout
    for words in (['PublishObject', 'qa{sv}', '3304', '0'],
                  ['Publish', 'qqa{qv}a{sv}', '3304', '0', '1', '5700', 'd', '1', '0'],
                  ['SetValues', 'a(sv)', '1', '/3303/0/5700', 'd', '1'],
                  ['Withdraw', 'qq', '3303', '0']):
        assert denied(busctl(STRANGER, *words)), words
    assert sensor.get('/3303') == {'/3303/0/5700': 21.5}


def test_publisher_sets_nothing_of_another_one(registered, connect):
    first, second = connect(PUBLISHER), connect(PUBLISHER)
    first.publish(TEMPERATURE, 0, {5700: 21.5})
    for words in (lambda: second.set({'/3303/0/5700': 1.0}), lambda: second.withdraw(TEMPERATURE, 0)):
        with pytest.raises(DBusErrorResponse) as refused:
            words()
        assert refused.value.name == f'{ERROR}NotPublisher'
    assert first.get('/3303') == {'/3303/0/5700': 21.5}


def test_write_of_a_server_is_told_to_the_publisher_alone(registered, servers, connect):
    valve, stranger = connect(PUBLISHER), connect(STRANGER, everything=True)
    valve.publish(ACTUATION, 0, {5850: True})
    assert servers.lwm2m.write('/3306/0/5850', b'0').code_text == '2.04'
    assert valve.wait_change() == ({'/3306/0/5850': False}, 1)
    assert stranger.get('/3306/0') == {'/3306/0/5850': False}
    assert stranger.changes == []


def test_operator_restarts_and_publishes(registered, monitor, servers, connect):
    """A Restart() keeps what is published: the new registration announces it at once."""
    sensor = connect(OPERATOR)
    sensor.publish(TEMPERATURE, 0, {5700: 21.5})
    assert busctl(OPERATOR, 'Restart', interface=MANAGER).returncode == 0
    monitor.wait_status('registered')
    assert '</3303/0>' in servers.lwm2m.registrations[-1].request.text
    assert read(servers, '/3303/0/5700') == {'/3303/0/5700': 21.5}


def test_service_that_is_restarted_keeps_its_place(registered, servers, service):
    """Within the time that changes are collected: the server is told nothing."""
    registration, = servers.lwm2m.registrations
    wait_announced(servers, '</3320/0>')
    updates = len(registration.updates)
    run('systemctl', 'restart', service)
    wait_read(servers, '/3320/0/5700', is_there)
    run('systemctl', 'kill', '--signal=SIGKILL', service)
    wait_started_again(service)
    wait_read(servers, '/3320/0/5700', is_there)
    time.sleep(COLLECTING + 0.5)
    assert len(registration.updates) == updates


def test_service_that_is_stopped_is_gone(registered, servers, service):
    wait_announced(servers, '</3320/0>')
    run('systemctl', 'stop', service)
    wait_read(servers, '/3320/0', is_gone)
    wait_announced(servers, '</3320/0>', there=False)


def test_daemon_that_is_restarted_is_told_anew(registered, monitor, servers, service):
    wait_announced(servers, '</3320/0>')
    run('systemctl', 'restart', UNIT)
    monitor.wait_status('registered')
    servers.lwm2m.wait_registration(2)
    wait_announced(servers, '</3320/0>')
    assert is_there(read(servers, '/3320/0/5700'))


def test_bus_that_is_restarted_takes_publishers_with_it(registered, servers, connect, service):
    """Those that come again are there again, the others are gone; nobody registers anew."""
    connect(PUBLISHER).publish(TEMPERATURE, 0, {5700: 21.5})
    wait_announced(servers, '</3303/0>')
    wait_announced(servers, '</3320/0>')
    before = registered.pid
    run('systemctl', 'restart', 'dbus.service')
    wait_read(servers, '/3303/0', is_gone)
    wait_read(servers, '/3320/0/5700', is_there)
    wait_announced(servers, '</3303/0>', there=False)
    assert '</3320/0>' in announced(servers)
    assert registered.pid == before
    assert len(servers.lwm2m.registrations) == 1
