# SPDX-License-Identifier: Apache-2.0
"""The key as a systemd credential, and what is never shown of it."""
import re
import textwrap
from pathlib import Path

import pytest
from conftest import CONFIG, NAME, PATH, UNIT, get, journal, run, show, wait_status_text

IDENTITY, KEY = 'box-identity', '000102030405060708090a0b0c0d0e0f'
KEY_FILE = CONFIG.parent / 'key.hex'
OTHER_KEY = 'ff' * 16


@pytest.fixture
def front(servers, terminator):
    """DTLS-PSK in front of the Bootstrap Server."""
    return terminator(servers.bootstrap.port, IDENTITY, KEY)


@pytest.fixture
def key_file():
    yield KEY_FILE
    KEY_FILE.unlink(missing_ok=True)


def yaml(front, key):
    # Short times, so that a wrong key shows within the test's patience.
    return (f'endpoint: box\ncoap: {{ack_timeout: 1s, ack_random_factor: 1, max_retransmit: 1}}\n'
            f'bootstrap:\n  jitter: 0%\n  server:\n    uri: {front.uri}\n    security_mode: psk\n'
            f'    identity: {IDENTITY}\n    {key}\n')


def load(unit, key_file, text):
    """A key that root alone may read, given to the service by systemd."""
    key_file.write_text(text)
    key_file.chmod(0o600)
    unit.drop_in(f'[Service]\nLoadCredential=bootstrap-key:{key_file}\n')


def test_key_credential_bootstraps(unit, monitor, front, key_file):
    load(unit, key_file, KEY + '\n')
    unit.configure(yaml(front, 'key_credential: bootstrap-key'))
    unit.start()
    monitor.wait_status('registered')
    assert front.count('connected') == 1
    assert get('BootstrapSecurityMode') == 'psk'


@pytest.mark.parametrize('name, words', [
    ('LoadCredential', ('install -m',)),
    ('LoadCredentialEncrypted', ('install -d', 'systemd-creds encrypt --name=bootstrap-key'))])
def test_credential_as_in_the_manual(unit, monitor, front, tmp_path, name, words):
    manual = (Path(__file__).parents[2] / 'man/lwm2m-clientd.8.rst').read_text()
    lines = [line.strip() for line in manual.splitlines()]
    commands = list(dict.fromkeys(line for line in lines if line.startswith(words)))
    setting, = [line for line in lines if line.startswith(f'{name}=bootstrap-key:')]
    (tmp_path / 'key.hex').write_text(KEY)
    run('sh', '-e', '-c', '\n'.join([f'cd {tmp_path}', *commands]))
    unit.drop_in(f'[Service]\n{setting}\n')
    unit.configure(yaml(front, 'key_credential: bootstrap-key'))
    unit.start()
    monitor.wait_status('registered')


def example(manual, first):
    """The lines of the example that begins with these words, as printed."""
    blocks = (block.splitlines() for block in manual.split('::\n\n')[1:])
    block, = [block for block in blocks if block[0].strip().startswith(first)]
    end = next((n for n, line in enumerate(block) if line and not line.startswith(' ')), None)
    return textwrap.dedent('\n'.join(block[:end]))


def test_certificates_as_in_the_manual(unit, monitor, servers, terminator, tmp_path):
    manual = (Path(__file__).parents[2] / 'man/lwm2m-client-certificates.7.rst').read_text()
    for first in ('openssl req -x509', 'install '):
        run('sh', '-e', '-c', f'cd {tmp_path}\n{example(manual, first)}')
    front = terminator(servers.bootstrap.port, '', '', f'certificate={tmp_path}/server.pem',
                       f'key={tmp_path}/server.key', 'insist', f'ca={tmp_path}/ca.pem')
    uri = 'uri: coaps://bootstrap.example.org\n'
    text = example(manual, 'endpoint:')
    assert uri in text
    unit.configure(text.replace(uri, f'uri: {front.uri}\n    server_name: bootstrap.example.org\n'))
    checked = run('lwm2mctl', 'check', CONFIG)
    assert checked.stdout + checked.stderr == ''
    unit.start()
    monitor.wait_status('registered')
    for name in ('device.pem', 'device.key', 'ca.pem'):
        (CONFIG.parent / name).unlink()


def test_key_and_identity_are_shown_nowhere(unit, monitor, front, key_file):
    load(unit, key_file, KEY)
    unit.configure(yaml(front, 'key_credential: bootstrap-key'))
    unit.drop_in(f'[Service]\nLoadCredential=bootstrap-key:{key_file}\n'
                 'ExecStart=\nExecStart=/usr/sbin/lwm2m-clientd --log-level=debug\n')
    unit.start()
    monitor.wait_status('registered')
    shown = '\n'.join((
        journal(), show('StatusText'),
        run('busctl', 'call', NAME, PATH, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects').stdout))
    assert 'registered' in shown
    assert KEY not in shown.lower() and IDENTITY not in shown


def test_wrong_key_is_named(unit, monitor, front, key_file):
    load(unit, key_file, OTHER_KEY)
    unit.configure(yaml(front, 'key_credential: bootstrap-key'))
    unit.start()
    monitor.wait_status('bootstrapping')
    name, sentence = monitor.wait_error()
    # A server that cannot read our first protected record says so or keeps silent.
    assert name in ('DecryptError', 'Timeout') and 'key' in sentence
    wait_status_text('attempt 1 of 6', name, sentence)


def test_missing_credential_is_a_configuration_error(unit, front):
    unit.configure(yaml(front, 'key_credential: bootstrap-key'))
    assert run('systemctl', 'start', UNIT, check=False).returncode != 0
    assert show('ExecMainStatus') == '78'
    assert 'LoadCredential=' in journal()


@pytest.mark.parametrize('other, status, words', [
    # ExecReload= is no process that systemd shows the credentials; that of Debian 13 has no word of them.
    (None, 0, 'a credential that only the service itself may read; it is not checked'
              '|is not checked: only the service gets its credentials'),
    ('other-key', 78, "names a credential that is not there, see LoadCredential= in the unit")])
def test_sentences_about_credentials(unit, monitor, front, key_file, other, status, words):
    load(unit, key_file, KEY)
    unit.configure(yaml(front, f"key_credential: {other or 'bootstrap-key'}"))
    started = run('systemctl', 'start', UNIT, check=False)
    assert (started.returncode == 0) == (status == 0)
    if status == 0:
        monitor.wait_status('registered')
        run('systemctl', 'reload', UNIT)
    else:
        assert show('ExecMainStatus') == str(status)
    assert re.search(words, journal()) and 'root:lwm2m-client 0640' not in journal()


def test_key_file_that_the_service_may_not_read(unit, front, key_file):
    key_file.write_text(KEY)
    key_file.chmod(0o600)
    unit.configure(yaml(front, f'key_file: {key_file}'))
    assert run('systemctl', 'start', UNIT, check=False).returncode != 0
    assert show('ExecMainStatus') == '78'
    assert ":9:15: 'key_file' names a file that may not be read by this user" in journal()
