# SPDX-License-Identifier: Apache-2.0
"""The scripts of data/examples/firmware, each run by the service for the client: what they install, and all
that they refuse. dpkg is the real one, and so is swupdate where it is installed."""
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import run
from firmware_service import Caller

EXAMPLES = Path('/usr/share/doc/lwm2m-client/examples/firmware')
SCRIPT = Path('/etc/lwm2m-client/firmware')
KEY = Path('/etc/lwm2m-client/firmware.pem')
FOLDER = Path('/srv/firmware')      # of the test's
TOOLS = Path('/usr/local/sbin')     # in the PATH that a script has
UNIT = 'lwm2m-client-firmware-script.service'
CLIENT = 'lwm2m-client'


@pytest.fixture(scope='module', autouse=True)
def folder():
    FOLDER.mkdir()
    for name in 'private', 'stranger':
        run('openssl', 'genrsa', '-out', str(FOLDER / name), '4096')
    run('openssl', 'rsa', '-in', str(FOLDER / 'private'), '-pubout', '-out', str(KEY))
    yield
    run('systemctl', 'stop', UNIT, check=False)
    run('systemctl', 'clean', '--what=state', UNIT, check=False)
    SCRIPT.unlink(missing_ok=True)


@pytest.fixture
def caller():
    made = Caller('SYSTEM', CLIENT)
    yield made
    made.close()


def use(example, **values):
    """Installs one as its first lines say, with other values of its variables."""
    lines = (EXAMPLES / example).read_text().splitlines()
    for name, value in values.items():
        found = [number for number, line in enumerate(lines) if line.startswith(f'{name}=')]
        assert len(found) == 1, name
        lines[found[0]] = f'{name}={value}'
    SCRIPT.write_text('\n'.join(lines) + '\n')
    SCRIPT.chmod(0o755)


def owned(content):
    """A package of the client's."""
    path = FOLDER / 'package'
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    entry = pwd.getpwnam(CLIENT)
    os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


def sign(*words, key='private'):
    path = FOLDER / 'signed'
    with path.open('wb') as file:
        subprocess.run([EXAMPLES / 'sign.sh', FOLDER / key, *words], stdout=file, check=True, timeout=30)
    return path.read_bytes()


def flipped(content, place):
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def without_key(caller, content, key=KEY):
    """Nobody is told that the signature is wrong, which nobody has looked at."""
    away = key.rename(FOLDER / 'away')
    assert caller.verify(owned(content)) == (8, '', '', f'there is no key {key}')
    away.rename(key)


def without_version(caller, content):
    """What is older than nobody knows what is not older, either."""
    version = FOLDER / 'version'
    before = version.read_text()
    unknown = (8, '', '', f'{version} does not say which version runs')
    version.write_text('\n')
    assert caller.verify(owned(content)) == unknown
    version.unlink()
    assert caller.verify(owned(content)) == unknown
    version.write_text(before)


def tool(name, text):
    path = TOOLS / name
    path.write_text(f'#!/bin/sh\n{text}\n')
    path.chmod(0o755)


# -- dpkg

def deb(package='gateway-firmware', version='1.0', architecture='all', depends='', postinst='exit 0'):
    tree = FOLDER / 'tree'
    shutil.rmtree(tree, ignore_errors=True)
    (tree / 'DEBIAN').mkdir(parents=True)
    (tree / 'DEBIAN/control').write_text(
        f'Package: {package}\nVersion: {version}\nArchitecture: {architecture}\n'
        f'Maintainer: nobody <nobody@example.org>\nDescription: x\n{depends}')
    (tree / 'DEBIAN/postinst').write_text(f'#!/bin/sh\n{postinst}\n')
    (tree / 'DEBIAN/postinst').chmod(0o755)
    (tree / 'usr/bin').mkdir(parents=True)
    (tree / 'usr/bin/gateway').write_text(version)
    (tree / 'usr/bin/gateway').chmod(0o4755)
    run('dpkg-deb', '--root-owner-group', '--build', str(tree), str(FOLDER / 'x.deb'))
    return FOLDER / 'x.deb'


def test_dpkg(caller):
    """Also what maintainers' scripts do: users, services; and a file with a bit that few sandboxes allow."""
    use('dpkg.sh')
    first = sign(deb(postinst='useradd --system gateway-user && systemctl daemon-reload'))
    assert caller.verify(owned(first))[:3] == (0, 'gateway-firmware', '1.0')
    assert caller.install(owned(first), 'first')[:2] == (0, False)
    assert run('dpkg-query', '--show', 'gateway-firmware').stdout == 'gateway-firmware\t1.0\n'
    assert run('id', 'gateway-user').returncode == 0
    assert run('stat', '--format=%a', '/usr/bin/gateway').stdout == '4755\n'

    second = sign(deb(version='1:0.9'))
    assert caller.install(owned(second), 'second')[:2] == (0, False)
    for content, result, words in (
            (first, 8, 'version 1.0 is older than 1:0.9, which is installed'),
            (flipped(second, 200), 5, 'the signature is wrong'),
            (flipped(second, -1), 5, 'the signature is wrong'),
            (sign(deb(version='9'), key='stranger'), 5, 'the signature is wrong'),
            (b'x' * 100, 5, 'too short for a package'),
            (sign(Path('/etc/hostname')), 6, 'no Debian package'),
            (sign(deb(package='bash', version='999')), 6, 'bash, this device takes gateway-firmware'),
            (sign(deb(version='9', architecture='m68k')), 6, 'for m68k, this is '),
            (sign(deb(version='1:9', depends='Depends: no-such-package\n')), 8, 'needs what there is not')):
        done = caller.install(owned(content), f'never{hash(content)}')
        assert done.result == result and words in done.text, done
    without_key(caller, second)
    broken = caller.install(owned(sign(deb(version='1:2', postinst='exit 1'))), 'broken')
    assert broken == (8, False, 'dpkg has not installed it, the journal says why')
    assert run('dpkg-query', '--show', '--showformat=${Version}', 'bash').stdout != '999'


# -- two slots

@pytest.fixture
def slots():
    """Files in the place of partitions, and a boot loader that notes what it is told."""
    for name, text in (('slot-a', ''), ('slot-b', ''), ('version', '1.9\n'), ('env', ''),
                       ('hwrevision', 'gateway-1 1.0\n')):
        (FOLDER / name).write_text(text)
    tool('fw_setenv', f'if [ "$1" = --script ]; then cat; else echo "$*"; fi >>{FOLDER}/env')
    boot('a')
    return FOLDER


def boot(slot):
    (FOLDER / 'cmdline').write_text(f'quiet root=PARTLABEL=root-{slot} ro\n')


VALUES = {'slot_a': f'{FOLDER}/slot-a', 'slot_b': f'{FOLDER}/slot-b'}
SHARED = {'version_file': f'{FOLDER}/version', 'command_line': f'{FOLDER}/cmdline'}


def test_ab_dd(caller, slots):
    use('ab-dd.sh', **VALUES, **SHARED)
    image = FOLDER / 'image'
    image.write_bytes(os.urandom(3 * 1048576 + 12345))
    good = sign(image, 'gateway-1', '1.10')
    assert caller.verify(owned(good)) == (0, 'gateway-1', '1.10', '')
    assert caller.install(owned(good), 'up') == (0, True, '')
    assert (slots / 'slot-b').read_bytes() == image.read_bytes() and (slots / 'slot-a').read_bytes() == b''
    assert (slots / 'env').read_text() == 'slot b\nupgrade_available 1\nbootcount 0\n'
    boot('b')
    assert caller.booted('up') == (0, '')
    assert (slots / 'env').read_text().splitlines()[-1] == 'upgrade_available 0'

    # The image does not come up: the boot loader has gone back.
    assert caller.install(owned(good), 'down') == (0, True, '')
    assert (slots / 'slot-a').read_bytes() == image.read_bytes()
    assert caller.booted('down') == (8, 'the new slot did not come up, the old one runs')

    before, env = (slots / 'slot-a').read_bytes(), (slots / 'env').read_text()
    for content, result, words in (
            (flipped(good, 20), 5, 'the signature is wrong'),
            (flipped(good, 1048576), 5, 'the signature is wrong'),
            (good[:-1], 5, 'the signature is wrong'),
            (good[:1000], 5, 'too short'),
            (sign(image, 'gateway-1', '2.0', key='stranger'), 5, 'the signature is wrong'),
            (sign(image, 'gateway-2', '2.0'), 6, "for board 'gateway-2', this is gateway-1"),
            (sign(image, 'gateway-1', '1.8'), 8, 'version 1.8 is older than 1.9, which runs'),
            (sign(image, 'gateway-1', '$(reboot)'), 8, 'is older than')):
        done = caller.install(owned(content), f'never{hash(content)}')
        assert done.result == result and words in done.text, done
    assert ((slots / 'slot-a').read_bytes(), (slots / 'env').read_text()) == (before, env)
    without_key(caller, good)
    without_version(caller, good)

    # Where there is no such slot, no file takes its place.
    nowhere = FOLDER / 'nowhere'
    use('ab-dd.sh', **{**VALUES, 'slot_a': nowhere}, **SHARED)
    assert caller.install(owned(good), 'nowhere') == (8, False, f'{nowhere} cannot be written')
    assert not nowhere.exists() and (slots / 'env').read_text() == env


# -- SWUpdate

def swu(files):
    """An image as cpio makes it: newc with checksums."""
    def entry(name, data, number):
        fields = (number, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, sum(data) & 0xffffffff)
        head = ('070702' + ''.join(f'{each:08x}' for each in fields)).encode() + name.encode() + b'\0'
        return head + b'\0' * (-len(head) % 4) + data + b'\0' * (-len(data) % 4)
    return b''.join(entry(name, data, number) for number, (name, data) in enumerate(files, 1)) \
        + entry('TRAILER!!!', b'', 0)


def description(version):
    slots = ''.join(f'  {slot}: {{ images: ( {{ filename = "image"; device = "{FOLDER}/slot-{slot}"; '
                    f'type = "raw"; sha256 = "DIGEST"; }} ); }};\n' for slot in 'ab')
    return f'software =\n{{\n  version = "{version}";\n  hardware-compatibility: [ "1.0" ];\n' \
           f'  stable = {{\n{slots}  }};\n}}\n'


def signed_swu(version, image):
    text = description(version).replace('DIGEST', run('sha256sum', str(image)).stdout.split()[0])
    (FOLDER / 'sw-description').write_text(text)
    run('openssl', 'cms', '-sign', '-in', f'{FOLDER}/sw-description', '-out', f'{FOLDER}/sig', '-signer',
        f'{FOLDER}/swupdate.pem', '-inkey', f'{FOLDER}/private', '-outform', 'DER', '-nosmimecap', '-binary')
    return swu([('sw-description', text.encode()), ('sw-description.sig', (FOLDER / 'sig').read_bytes()),
                ('image', image.read_bytes())])


def test_swupdate(caller, slots):
    """A stub that looks at its words, where there is no swupdate."""
    real = shutil.which('swupdate') is not None
    print('swupdate is', 'the real one' if real else 'a stub')
    use('swupdate.sh', key=f'{FOLDER}/swupdate.pem', revision_file=f'{FOLDER}/hwrevision', **SHARED)
    run('openssl', 'req', '-x509', '-key', f'{FOLDER}/private', '-out', f'{FOLDER}/swupdate.pem',
        '-subj', '/CN=x', '-addext', 'extendedKeyUsage=emailProtection')
    image = FOLDER / 'image'
    image.write_bytes(os.urandom(100000))
    good, old = signed_swu('2.0', image), signed_swu('1.0', image)
    if not real:
        # The words are those of swupdate 2022.12; --no-downgrading's effect stands for all that it refuses.
        tool('swupdate', f'echo "$*" >{FOLDER}/words\n'
             'for file; do case $before in --image) image=$file;; esac; before=$file; done\n'
             '! grep --quiet --text \'version = "1.0"\' "$image" || { echo no downgrading >&2; exit 1; }\n'
             f'[ "$before" = --check ] || tail -c +1 {image} >{FOLDER}/slot-b')
    assert caller.verify(owned(good))[:3] == (0, '', '2.0')
    assert caller.install(owned(good), 'swu')[:2] == (0, True)
    assert (slots / 'slot-b').read_bytes() == image.read_bytes()
    if not real:
        words = (slots / 'words').read_text()
        assert words.startswith(f'--key {FOLDER}/swupdate.pem --hwrevision gateway-1:1.0 '
                                '--no-downgrading 1.9 --select stable,b --loglevel 3 --image /proc/')
    boot('b')
    assert caller.booted('swu') == (0, '')
    refused = caller.install(owned(old), 'swu-old')
    assert refused == (5, False, 'swupdate refuses the image, the journal says why')
    without_key(caller, good, FOLDER / 'swupdate.pem')
    without_version(caller, good)
    (slots / 'hwrevision').write_text('gateway-1\n')
    assert caller.verify(owned(good)).text == f'{FOLDER}/hwrevision does not say which hardware this is'

    # What has failed does not boot.
    for slot in 'ab':
        (slots / f'slot-{slot}').write_bytes(b'')
    (slots / 'hwrevision').write_text('gateway-1 1.0\n')
    use('swupdate.sh', key=f'{FOLDER}/swupdate.pem', revision_file=f'{FOLDER}/hwrevision',
        expected=f'{FOLDER}/nowhere/expected', **SHARED)
    assert caller.install(owned(good), 'unexpected')[:2] == (8, False)
    assert [(slots / f'slot-{slot}').read_bytes() for slot in 'ab'] == [b'', b'']
