# SPDX-License-Identifier: Apache-2.0
"""What operators break, and that the journal alone says what to look at or to do."""
import json
import time
from dataclasses import dataclass

import pytest

from conftest import CONFIG, TIMEOUT, UNIT, as_user, peer, run

STATE = '/var/lib/lwm2m-client'
POLICY = '/usr/share/dbus-1/system.d/org.lwm2m.Client1.conf'
TEMPERATURE = ('\nobjects:\n'
               '  - {object: 3303, instance: 0, values: {5700: {file: /run/sensor, interval: 1s}}}\n')
HASTY = '\ncoap: {ack_timeout: 1s, max_retransmit: 0}\n'
KEYED = ('security_mode: nosec', 'security_mode: psk\n    identity: box\n    ')


@dataclass
class Mistake:
    """replace: in the YAML, (what, by what); before, after: commands; says: in one line of the journal."""
    says: tuple
    replace: tuple = ()
    add: str = ''
    before: str = 'true'
    after: str = 'true'
    drop_in: str = ''


def keyed(words):
    return (('coap://', 'coaps://'), (KEYED[0], KEYED[1] + words))


MISTAKES = {
    'file-of-root': Mistake(
        ('may not be read by this user', 'make it root:lwm2m-client 0640, its folder 0750'),
        before=f'chmod 0600 {CONFIG}', after=f'chmod 0640 {CONFIG}'),
    'folder-of-root': Mistake(
        ('may not be read by this user', 'its folder 0750'),
        before='chgrp root /etc/lwm2m-client', after='chgrp lwm2m-client /etc/lwm2m-client'),
    'no-file': Mistake((f'{CONFIG}:1:1: the file does not exist',),
                       before=f'mv {CONFIG} /root/mislaid', after=f'mv /root/mislaid {CONFIG}'),
    'tab': Mistake(('a tab stands where only spaces may',), replace=(('    uri', '\turi'),)),
    'key-without-blank': Mistake(('no blank behind its colon',), replace=(('uri: ', 'uri:'),)),
    'mistyped-key': Mistake(("unknown key 'sever' in 'bootstrap', did you mean 'server'?",),
                            replace=(('server:', 'sever:'),)),
    'address-without-brackets': Mistake(
        ('IPv6 address without brackets, as in [2001:db8::1]',), replace=(('127.0.0.1', '2001:db8::7'),)),
    'template-without-quotes': Mistake(
        ('a template stands in quotes, as in "{hostname}"',),
        replace=(('endpoint: box', 'endpoint: {hostname}'),)),
    'key-with-0x': Mistake(("'key_hex' must give hexadecimal text, character 2 is no such digit",),
                           replace=keyed('key_hex: 0x00112233445566778899aabbccddeeff')),
    'key-file-of-root': Mistake(
        ("'key_file' names a file that may not be read by this user", 'make it root:lwm2m-client 0640'),
        replace=keyed('key_file: /etc/lwm2m-client/key'),
        before='(umask 077; echo 00112233445566778899aabbccddeeff >/etc/lwm2m-client/key)',
        after='rm /etc/lwm2m-client/key'),
    'credential-not-given': Mistake(("'key_credential' needs LoadCredential= in the unit",),
                                    replace=keyed('key_credential: bootstrap-key')),
    'object-without-definition': Mistake(
        ("no object directory has 9999.yaml, the Object's definition, see lwm2m-objects(7)",),
        add='\nobjects:\n  - {object: 9999, instance: 0, values: {1: 1}}\n'),
    'no-sensor': Mistake(
        ('/3303/0/5700 has no value: /run/sensor cannot be read (No such file or directory)',),
        add=TEMPERATURE),
    'sensor-of-root': Mistake(('/run/sensor cannot be read (Permission denied)',), add=TEMPERATURE,
                              before='(umask 077; echo 21 >/run/sensor)', after='rm /run/sensor'),
    'sensor-of-words': Mistake(('/run/sensor does not hold a decimal number',), add=TEMPERATURE,
                               before='echo warm >/run/sensor', after='rm /run/sensor'),
    'nobody-listens': Mistake(
        ('Refused: ', 'check that the server runs and listens on this port'),
        replace=(('127.0.0.1:', f'127.0.0.1:{peer.closed_port()} #'),)),
    'no-name-server': Mistake(('NameResolutionFailed: ', 'check the URI and the name server'), add=HASTY,
                              replace=(('127.0.0.1', 'bootstrap.example.org'),)),
    'link-local-address': Mistake(('a link-local address names its interface (%25eth0)',),
                                  replace=(('127.0.0.1', '[fe80::1]'),)),
    'disk-full': Mistake(
        ('The accounts cannot be written to', 'No space left on device', 'Check free space and permissions'),
        before=f'mkdir -p {STATE} && mount -t tmpfs -o size=4k tmpfs {STATE} && '
               f'chown lwm2m-client: {STATE} && cat /dev/zero >{STATE}/full 2>/dev/null; true',
        after=f'systemctl stop {UNIT}; umount {STATE}'),
    'bus-not-reloaded': Mistake(
        ('refuses us the name org.lwm2m.Client1', 'org.lwm2m.Client1.conf', '"systemctl reload dbus"'),
        before=f'mv {POLICY} /root/ && systemctl reload dbus',
        after=f'mv /root/org.lwm2m.Client1.conf {POLICY} && systemctl reload dbus'),
    'option-that-is-none': Mistake(
        ("--log-level: 'verbose' is none of debug, info",),
        drop_in='[Service]\nExecStart=\nExecStart=/usr/sbin/lwm2m-clientd --log-level=verbose\n'),
}


class Journal:
    """The unit's lines from now on."""

    def __init__(self):
        run('journalctl', '--sync')
        shown = run('journalctl', '--lines=1', '--output=json', '--no-pager').stdout
        self.cursor = json.loads(shown)['__CURSOR']

    def lines(self):
        return run('journalctl', '--no-pager', '--output=cat', f'--unit={UNIT}',
                   f'--after-cursor={self.cursor}').stdout.splitlines()

    def wait(self, words):
        end = time.monotonic() + TIMEOUT
        while True:
            lines = self.lines()
            if any(all(word in line for word in words) for line in lines):
                return
            assert time.monotonic() < end, f'not {words} in\n' + '\n'.join(lines)
            time.sleep(0.1)


@pytest.mark.parametrize('name', MISTAKES)
def test_journal_says_what_to_look_at(unit, servers, name):
    mistake, text, journal = MISTAKES[name], servers.yaml(), Journal()
    for what, by_what in mistake.replace:
        assert what in text
        text = text.replace(what, by_what)
    unit.configure(text + mistake.add)
    if mistake.drop_in:
        unit.drop_in(mistake.drop_in)
    run('sh', '-c', mistake.before)
    try:
        run('systemctl', 'start', UNIT, check=False)
        journal.wait(mistake.says)
    finally:
        run('sh', '-c', mistake.after)


def test_second_daemon_names_the_first(registered):
    """By hand, as root, beside the service: with its state directory, and with another one."""
    for words, says in (([], f'{STATE} is in use by process {registered.pid}. Stop that daemon first.'),
                        (['--state-directory=/run'], f'owned by process {registered.pid}; another')):
        second = run('lwm2m-clientd', *words, check=False)
        assert second.returncode == 1 and says in second.stderr


def test_command_of_another_user_is_told_who_may(registered):
    denied = as_user('nobody', 'lwm2mctl', 'restart')
    assert denied.returncode == 1 and 'restart' in denied.stderr and 'group lwm2m' in denied.stderr


def test_command_without_a_daemon_is_told_where_to_look(unit):
    """The daemon may run all the same: as test_bus.py shows, without the bus."""
    shown = run('lwm2mctl', 'status', check=False)
    assert shown.returncode == 3
    assert shown.stderr == (
        'lwm2m-clientd is not running, or without this bus (org.lwm2m.Client1 is not on it); '
        '"systemctl status lwm2m-client" says which, and why.\n')
