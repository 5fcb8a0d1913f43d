# SPDX-License-Identifier: Apache-2.0
"""Keys are nowhere but where they have to be: a search through journal, bus, /proc and the disk for every
key that is used, each made at random a moment before."""
import os
import secrets
import shutil
import time
from pathlib import Path

import pytest
from conftest import CONFIG, NAME, UNIT, as_user, call, peer, run, show
from dtls_peer import certificate_modes
from pki import CLIENT_AUTH, Pki
from secret_search import Search, files_changed_since

STATE = Path('/var/lib/lwm2m-client')
KEY_FILE = CONFIG.parent / 'bootstrap.key'
CERTIFICATES = CONFIG.parent / 'certificates'
MANUAL = Path(__file__).parents[2] / 'man/lwm2m-clientd.8.rst'
# Where this test keeps them itself: what the configuration names, and what pytest runs from.
NAMED = (CONFIG, KEY_FILE, CERTIFICATES)
DEBUG = 'ExecStart=\nExecStart=/usr/sbin/lwm2m-clientd --log-level=debug\n'


def mistakes(key):
    """What people write in the place of a key; messages about it must not repeat it."""
    return {'key_hex': f'{key.hex()}0', 'key_base64': key.hex() + '=', 'key_file': key.hex(),
            'key_credential': f'../{key.hex()}', 'identity': key.hex() + '\\t', 'keyhex': key.hex()}


class Used:
    """Every key in use, under its name."""

    def __init__(self):
        self.bootstrap, self.server, self.state, self.mistaken = (secrets.token_bytes(n)
                                                                  for n in (16, 32, 32, 16))
        self.all = {'bootstrap key': self.bootstrap, 'server key': self.server, 'state key': self.state,
                    'mistaken key': self.mistaken}


def manual(example):
    """The commands and the setting of the manual's example with this credential."""
    lines = [line.strip() for line in MANUAL.read_text().splitlines()]
    commands = [line for line in lines if line.startswith('install -d')][:1]
    commands += [line for line in lines if f'--name={example} ' in line]
    setting, = [line for line in lines if line.startswith(f'LoadCredentialEncrypted={example}:')]
    return commands, setting


@pytest.fixture
def used(tmp_path):
    """Keys, and a file that is older than all that is written from now on."""
    stamp = tmp_path / 'stamp'
    stamp.touch()
    time.sleep(0.02)    # what comes in the same tick of the file system's clock is not younger
    made = Used()
    made.stamp = stamp
    yield made
    KEY_FILE.unlink(missing_ok=True)
    shutil.rmtree('/etc/credstore.encrypted', ignore_errors=True)


@pytest.fixture
def fronts(servers, terminator, used):
    """DTLS-PSK in front of both servers; the Bootstrap Server provisions the other one's key."""
    lwm2m = terminator(servers.lwm2m.port, 'server-identity', used.server.hex())
    servers.bootstrap.script = [peer.delete('/'), *peer.account(
        lwm2m.uri, mode=0, identity=b'server-identity', key=used.server), peer.finish()]
    return terminator(servers.bootstrap.port, 'bootstrap-identity', used.bootstrap.hex())


def yaml(front, key, encryption=''):
    return (f'endpoint: box\nbootstrap:\n  jitter: 0%\n  server:\n    uri: {front.uri}\n'
            f'    security_mode: psk\n    identity: bootstrap-identity\n    {key}\n{encryption}')


def look_at_bus(search):
    """Introspect and GetAll of every object, GetManagedObjects, and the tool that shows them to people."""
    paths = run('busctl', 'tree', '--list', NAME).stdout.split()
    assert '/org/lwm2m/Client1/server/1' in paths
    for path in paths:
        seen = run('busctl', 'introspect', '--xml-interface', NAME, path).stdout
        search.look(f'Introspect of {path}', seen)
        for line in run('busctl', 'introspect', NAME, path).stdout.splitlines():
            if 'interface' in line.split()[1:2]:
                interface = line.split()[0]
                shown = run('busctl', 'call', NAME, path, 'org.freedesktop.DBus.Properties', 'GetAll', 's',
                            interface, check=False).stdout
                search.look(f'GetAll of {path} {interface}', shown)
    search.look('GetManagedObjects', run('busctl', 'call', NAME, '/org/lwm2m/Client1',
                                         'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects').stdout)
    for words in (['status'], ['servers'], ['server', '1'], ['--json=pretty', 'status'],
                  ['check', str(CONFIG)]):
        done = run('lwm2mctl', *words, check=False)
        search.look(f'lwm2mctl {words[0]}', done.stdout + done.stderr)


def look_at_mistakes(search, unit, used, front):
    """Reload and --check-config of a configuration that holds a key in every wrong way."""
    good = CONFIG.read_text()
    for key, value in mistakes(used.mistaken).items():
        unit.configure(yaml(front, f'{key}: "{value}"'))
        refused = call('Reload', check=False)
        assert refused.returncode != 0 or key == 'key_file'     # its credential counts as unchanged
        checked = run('/usr/sbin/lwm2m-clientd', '--check-config', check=False)
        assert checked.returncode == 78
        search.look(f'errors about {key}', refused.stdout + refused.stderr + checked.stdout + checked.stderr)
        search.look(f'properties after {key}', run('lwm2mctl', 'status', check=False).stdout)
    unit.configure(good)
    call('Reload')


def look_at_journal(search):
    run('journalctl', '--sync')
    for output in ('export', 'json', 'verbose'):
        search.look(f'journal, {output}', run('journalctl', '--boot', '--all', '--no-pager',
                                              f'--output={output}').stdout)
    for words in (['status', '--lines=1000', '--full'], ['show']):
        search.look(f'systemctl {words[0]}', run('systemctl', *words, UNIT, check=False).stdout)


def look_at_disk(search, used, apart):
    """Every file that was written since the keys were made, on every file system of the box that can hold
    one. /run/credentials is systemd's own place for what LoadCredential= names."""
    roots = ['/', '/tmp', '/run', '/dev/shm']
    for path in files_changed_since(used.stamp, *roots, apart=[
            *apart, '/run/credentials', used.stamp.parent]):
        search.look_into(path)


def look_everywhere(search, unit, used, apart):
    look_at_bus(search)
    look_at_journal(search)
    search.look_at_process(unit.pid, apart=apart)
    look_at_disk(search, used, apart)


def run_with(unit, monitor, used, front, setting, text):
    unit.drop_in(f'[Service]\n{setting}\n{DEBUG}')
    unit.configure(text)
    unit.start()
    monitor.wait_status('registered')
    unit.stop()
    unit.start()
    monitor.wait_status('registered')


def found_in_state_files(keys):
    """The names of those keys that are there; the files are nobody else's."""
    search = Search(keys)
    for path in STATE.iterdir():
        search.look_into(path)
        assert path.stat().st_mode & 0o777 == 0o600
    return {name for name, _ in search.found}


def test_keys_are_in_the_state_files_alone(unit, monitor, used, fronts):
    """Key by credential; without encryption."""
    KEY_FILE.write_text(used.bootstrap.hex())
    KEY_FILE.chmod(0o600)
    run_with(unit, monitor, used, fronts, f'LoadCredential=bootstrap-key:{KEY_FILE}',
             yaml(fronts, 'key_credential: bootstrap-key'))
    search = Search(used.all)
    look_at_mistakes(search, unit, used, fronts)
    look_everywhere(search, unit, used, apart=[STATE, *NAMED])
    assert search.found == [] and search.places > 40
    # There they are: the search would see them elsewhere.
    assert found_in_state_files(used.all) == {'bootstrap key', 'server key'}


def test_keys_are_nowhere_on_the_disk_with_encryption(unit, monitor, used, fronts):
    """The key of the state directory is an encrypted credential, made as the manual says."""
    commands, setting = manual('state-key')
    commands = [line.replace('openssl rand -hex 32', f'printf %s {used.state.hex()}') for line in commands]
    assert len(commands) == 2
    run('sh', '-e', '-c', '\n'.join(commands))
    run_with(unit, monitor, used, fronts, setting, yaml(
        fronts, f'key_hex: {used.bootstrap.hex()}', 'state_encryption: {key_credential: state-key}\n'))
    search = Search(used.all)
    look_at_mistakes(search, unit, used, fronts)
    look_everywhere(search, unit, used, apart=NAMED)
    assert search.found == [] and search.places > 40
    assert sorted(os.listdir(STATE)) == ['configuration', 'current', 'history', 'last-good', 'lock']


# -- certificates

def private_keys(name, certificate):
    """What a leak of a private key could be: as DER in either form, or the bare number in them."""
    sec1 = certificate.key.sec1
    assert sec1[5:7] == b'\x04\x20'     # the OCTET STRING of RFC 5915
    return {f'{name} (PKCS#8)': certificate.key.pkcs8, f'{name} (SEC1)': sec1,
            f'{name} (bare)': sec1[7:39]}


@pytest.fixture
def certified(servers, terminator, tmp_path):
    """Both servers with certificates, the client with one for each: its account with the Bootstrap Server as
    YAML, and all private keys of the device."""
    pki = Pki(tmp_path)
    device, own = pki.device, pki.issue('provisioned', pki.root, names=[], extended=[CLIENT_AUTH])
    modes = [*certificate_modes(pki.localhost, pki.intermediate), 'insist',
             f'ca={pki.root.certificate_file}']
    lwm2m = terminator(servers.lwm2m.port, '', '', *modes)
    servers.bootstrap.script = [peer.delete('/'), peer.write('/0/1', peer.security(
        lwm2m.uri, 1, mode=2, r3=own.der, r4=pki.localhost.der, r5=own.key.pkcs8)),
        peer.write('/1/0', peer.server_object(1)), peer.finish()]
    front = terminator(servers.bootstrap.port, '', '', *modes)
    CERTIFICATES.mkdir(mode=0o750, exist_ok=True)
    shutil.chown(CERTIFICATES, 'root', 'lwm2m-client')
    for name, text in (('device.pem', device.pem), ('server.pem', pki.localhost.pem),
                       ('device.key', device.key.pem)):
        (CERTIFICATES / name).write_text(text)
        shutil.chown(CERTIFICATES / name, 'root', 'lwm2m-client')
        (CERTIFICATES / name).chmod(0o640)
    yield (f'endpoint: box\nbootstrap:\n  jitter: 0%\n  server:\n    uri: {front.uri}\n'
           f'    security_mode: certificate\n    certificate_file: {CERTIFICATES}/device.pem\n'
           f'    private_key_file: {CERTIFICATES}/device.key\n'
           f'    server_certificate_file: {CERTIFICATES}/server.pem\n'
           ), {**private_keys('device', device), **private_keys('provisioned', own)}
    shutil.rmtree(CERTIFICATES)


@pytest.mark.parametrize('encryption', [False, True])
def test_private_keys_are_where_they_have_to_be(unit, monitor, used, certified, encryption):
    """As for PSK; a certificate is no secret."""
    text, keys = certified
    setting = ''
    if encryption:
        commands, setting = manual('state-key')
        run('sh', '-e', '-c', '\n'.join(commands))
        text += 'state_encryption: {key_credential: state-key}\n'
    run_with(unit, monitor, used, None, setting, text)
    search = Search(keys)
    look_everywhere(search, unit, used, apart=[*([] if encryption else [STATE]), *NAMED])
    assert search.found == [] and search.places > 30
    assert bool(found_in_state_files(keys)) is not encryption


def test_users_see_no_key_in_proc(unit, monitor, used, fronts):
    """ps of anybody, and the daemon's own user."""
    run_with(unit, monitor, used, fronts, '', yaml(fronts, f'key_hex: {used.bootstrap.hex()}'))
    search = Search(used.all)
    search.look('ps', run('ps', '-o', 'args', 'eww', '-p', str(unit.pid)).stdout)
    assert search.found == []
    for name in ('environ', 'maps', 'mem'):
        opened = {user: as_user(user, 'dd', 'count=0', f'if=/proc/{unit.pid}/{name}').returncode == 0
                  for user in ('root', 'lwm2m-client')}
        assert opened == {'root': True, 'lwm2m-client': False}
    assert show('MainPID') == str(unit.pid)


def test_leaks_are_found(unit, monitor, used, fronts):
    """The search is worth something: in the journal, and in files here and there."""
    run_with(unit, monitor, used, fronts, '', yaml(fronts, f'key_hex: {used.bootstrap.hex()}'))
    planted = [Path('/var/cache/leak'), Path('/run/leak'), Path('/tmp/leak')]
    run('logger', f'the key is {used.server.hex(":").upper()}')
    for path in planted:
        path.write_bytes(b'the key is ' + used.server)
    search = Search(used.all)
    look_everywhere(search, unit, used, apart=[STATE, *NAMED])
    for path in planted:
        path.unlink()
    assert {name for name, _ in search.found} == {'server key'}
    assert {place for _, place in search.found} >= {'journal, export', *map(str, planted)}
