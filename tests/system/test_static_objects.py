# SPDX-License-Identifier: Apache-2.0
"""`objects:` in the service: what it sees of files, what a reload changes, who sets a value."""
import json
import shutil
import time
from pathlib import Path

import pytest
from conftest import CONFIG, TIMEOUT, UNIT, as_user, journal, peer, run, show, wait_journal
from system_bus import publisher

OPERATOR, PUBLISHER, STRANGER = 'operator1', 'sensor1', 'nobody'
OWN_DEFINITIONS = CONFIG.parent / 'objects'
OWN = """object: 42999
name: Own
version: "1.0"
multiple: false
mandatory: false
resources:
  0: {name: Level, operations: RW, type: integer, mandatory: true}
  1: {name: Code, operations: W, type: integer}
"""
SCRIPT = Path('/usr/local/bin/set-temperature')
READINGS = Path('/var/lib/readings')


@pytest.fixture(scope='module', autouse=True)
def users():
    run('useradd', '--system', '--groups=lwm2m', OPERATOR)
    run('useradd', '--system', '--groups=lwm2m-publish', PUBLISHER)


@pytest.fixture
def readings():
    """A folder that another service writes."""
    READINGS.mkdir()
    yield READINGS
    shutil.rmtree(READINGS)


def objects(*entries):
    """`objects:` of Temperature; an entry: the instance, and the values as YAML."""
    return 'objects:\n' + ''.join(f'  - {{object: 3303, instance: {instance}, values: {{{values}}}}}\n'
                                  for instance, values in entries)


def start(unit, monitor, servers, *entries):
    unit.configure(servers.yaml() + objects(*entries))
    unit.start()
    monitor.wait_status('registered')


def reload(unit, servers, *entries):
    unit.configure(servers.yaml() + objects(*entries))
    run('systemctl', 'reload', UNIT)


def read(servers, path):
    """{path: value}, or the code."""
    response = servers.lwm2m.read(path, accept=peer.SENML_JSON)
    return peer.senml_json_decode(response.payload) if response.code_text == '2.05' else response.code_text


def wait_read(servers, path, wanted):
    end = time.monotonic() + TIMEOUT
    while (seen := read(servers, path)) != wanted:
        assert time.monotonic() < end, f'{path}: {seen}, not {wanted}'


def test_constants_are_announced_and_read(unit, monitor, servers):
    start(unit, monitor, servers, (0, '5700: 21.5, 5701: Cel'), (7, '5700: -3'))
    assert {'</3303/0>', '</3303/7>'} <= set(servers.lwm2m.registrations[0].request.text.split(','))
    assert read(servers, '/3303/0') == {'/3303/0/5700': 21.5, '/3303/0/5701': 'Cel'}
    assert read(servers, '/3303/7') == {'/3303/7/5700': -3}


def test_files_that_the_service_sees(unit, monitor, servers, readings):
    """One of sysfs, one of another service; and each that the sandbox hides is left out, with a warning."""
    (readings / 'temperature').write_text('19.25\n')
    (readings / 'temperature').chmod(0o644)
    hidden = {'/home/reading': 1, '/tmp/reading': 2, '/proc/loadavg': 3}
    for name in list(hidden)[:2]:
        Path(name).write_text('5\n')
        Path(name).chmod(0o644)
    start(unit, monitor, servers,
          (0, '5700: {file: /sys/class/net/lo/mtu, scale: 0.001, interval: 1s}'),
          (1, f'5700: {{file: {readings}/temperature, offset: 1}}'),
          *((10 + number, f'5700: {{file: {name}}}, 5701: Cel') for name, number in hidden.items()))
    mtu = int(Path('/sys/class/net/lo/mtu').read_text())
    assert read(servers, '/3303/0/5700')['/3303/0/5700'] == pytest.approx(mtu / 1000)
    assert read(servers, '/3303/1/5700') == {'/3303/1/5700': 20.25}
    checked = run('lwm2mctl', 'check', str(CONFIG)).stderr
    for (name, number), why in zip(hidden.items(), ('ProtectHome=', 'PrivateTmp=', 'ProcSubset=pid')):
        assert read(servers, f'/3303/{10 + number}') == {f'/3303/{10 + number}/5701': 'Cel'}
        assert f"'file' names a file in /{name.split('/')[1]}, where the service sees none ({why}" in checked
        wait_journal(name)
    assert len(checked.splitlines()) == len(hidden)


def test_file_of_another_service_comes_and_goes(unit, monitor, servers, readings):
    start(unit, monitor, servers, (0, f'5700: {{file: {readings}/temperature, interval: 100ms}}'))
    assert read(servers, '/3303/0/5700') == '4.04'
    (readings / 'new').write_text('4\n')
    (readings / 'new').chmod(0o644)
    (readings / 'new').rename(readings / 'temperature')
    wait_read(servers, '/3303/0/5700', {'/3303/0/5700': 4})
    (readings / 'temperature').chmod(0o600)
    wait_read(servers, '/3303/0/5700', '4.04')
    assert f'{readings}/temperature' in journal()


def test_reload_changes_objects_in_place(unit, monitor, servers):
    """What was set meanwhile stays, and so does an observation; nobody registers anew."""
    start(unit, monitor, servers, (0, '5700: 21.5, 5701: Cel'), (1, '5700: 1'))
    run('lwm2mctl', 'set', '/3303/0/5700', '25')
    observation = servers.lwm2m.observe('/3303/0', accept=peer.SENML_JSON)
    reload(unit, servers, (0, '5700: 21.5, 5701: K'), (2, '5700: 2'))
    wait_read(servers, '/3303/2/5700', {'/3303/2/5700': 2})
    assert read(servers, '/3303/0') == {'/3303/0/5700': 25, '/3303/0/5701': 'K'}
    assert read(servers, '/3303/1') == '4.04'
    assert peer.senml_json_decode(observation.wait(1).payload) == {'/3303/0/5700': 25, '/3303/0/5701': 'K'}
    registration, = servers.lwm2m.registrations
    servers.lwm2m.wait(lambda: any('</3303/2>' in each.text and '</3303/1>' not in each.text
                                   for each in registration.updates), TIMEOUT, 'Update')


def test_reload_with_a_wrong_object_changes_nothing(unit, monitor, servers):
    start(unit, monitor, servers, (0, '5700: 21.5'))
    unit.configure(servers.yaml() + objects((0, '5700: warm')))
    assert run('systemctl', 'reload', UNIT, check=False).returncode != 0
    assert f'{CONFIG}:' in journal()
    assert read(servers, '/3303/0') == {'/3303/0/5700': 21.5}


def test_script_of_the_group_sets(unit, monitor, servers):
    """As cron would run it; one of the other group, too, and somebody else's sets nothing."""
    start(unit, monitor, servers, (0, '5700: 21.5'))
    SCRIPT.write_text('#!/bin/sh\nexec lwm2mctl set /3303/0/5700 "$1" /3303/0/5701 "$2"\n')
    SCRIPT.chmod(0o755)
    done = as_user(OPERATOR, str(SCRIPT), '-12.5', 'Cel')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
    assert read(servers, '/3303/0') == {'/3303/0/5700': -12.5, '/3303/0/5701': 'Cel'}
    assert as_user(PUBLISHER, str(SCRIPT), '-12.5', 'Cel').returncode == 0
    refused = as_user(STRANGER, str(SCRIPT), '0', 'Cel')
    assert refused.returncode == 1 and 'Access denied' in refused.stderr
    wrong = as_user(OPERATOR, str(SCRIPT), 'warm', 'K')
    assert wrong.returncode == 1 and '/3303/0/5700' in wrong.stderr
    assert read(servers, '/3303/0') == {'/3303/0/5700': -12.5, '/3303/0/5701': 'Cel'}


@pytest.fixture
def own_definition():
    OWN_DEFINITIONS.mkdir(exist_ok=True)
    file = OWN_DEFINITIONS / '42999.yaml'
    file.write_text(OWN)
    file.chmod(0o644)
    yield file
    file.unlink()


def own_objects(servers):
    return servers.yaml() + 'objects:\n  - {object: 42999, instance: 0, values: {0: 5, 1: 1234}}\n'


def test_own_definition(unit, monitor, servers, own_definition):
    """And who wants to know is told of a server's Write, but nothing that no server may read."""
    unit.configure(own_objects(servers))
    unit.start()
    monitor.wait_status('registered')
    assert read(servers, '/42999') == {'/42999/0/0': 5}
    stranger = publisher(STRANGER, everything=True)
    assert servers.lwm2m.write('/42999/0/1', b'4711').code_text == '2.04'
    assert servers.lwm2m.write('/42999/0/0', b'6').code_text == '2.04'
    stranger.wait_change()
    assert stranger.get('/42999') == {'/42999/0/0': 6}
    assert stranger.changes == [({'/42999/0/0': 6}, 1)]
    stranger.close()


def test_definition_that_the_service_may_not_read(unit, servers, own_definition):
    own_definition.chmod(0o600)
    unit.configure(own_objects(servers))
    assert run('systemctl', 'start', UNIT, check=False).returncode != 0
    assert show('ExecMainStatus') == '78'
    assert str(own_definition) in journal()


def test_everybody_gets(unit, monitor, servers):
    start(unit, monitor, servers, (0, '5700: 21.5, 5701: Cel'))
    shown = as_user(STRANGER, 'lwm2mctl', '--json=short', 'get', '/3303/0')
    assert shown.returncode == 0, shown.stderr
    assert '21.5' in json.dumps(json.loads(shown.stdout))
    shown = as_user(STRANGER, 'lwm2mctl', 'objects')
    assert shown.returncode == 0 and '3303' in shown.stdout
