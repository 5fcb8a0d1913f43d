# SPDX-License-Identifier: Apache-2.0
"""RAUC in the box: the real one of Debian, with two slots that are files, where the kernel lets the box
mount a bundle; and a stub of its interface, tests/peer/rauc_stub.py."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import HERE, run

FOLDER = Path('/var/lib/rauc-test')
UNIT, DROP_IN = 'rauc.service', Path('/run/systemd/system/rauc.service.d/test.conf')
STUB = HERE.parent / 'peer' / 'rauc_stub.py'
COMPATIBLE = 'lwm2m-test'
LOOPS = 16
SLOTS = {'A': 'rootfs.0', 'B': 'rootfs.1'}

# A boot loader of which RAUC asks a program: what boots next, and which slots may.
BOOT_LOADER = f'''#!/bin/sh
cd {FOLDER} || exit 1
while [ "$1" = set-state ] && [ "$3" = bad ] && [ -e hold ]; do touch held; sleep 0.02; done
case $1 in
get-primary) cat primary ;;
set-primary) echo "$2" >primary ;;
get-state) cat "state-$2" 2>/dev/null || echo good ;;
set-state) echo "$3" >"state-$2" ;;
esac
'''
SYSTEM = f'''[system]
compatible={COMPATIBLE}
bootloader=custom
bundle-formats=plain
statusfile={FOLDER}/status

[handlers]
bootloader-custom-backend={FOLDER}/boot-loader

[keyring]
path={FOLDER}/cert.pem

[slot.rootfs.0]
device={FOLDER}/slot-A
type=raw
bootname=A

[slot.rootfs.1]
device={FOLDER}/slot-B
type=raw
bootname=B
'''


def can_mount():
    """Whether the box may mount a bundle, as RAUC does it. Its /dev has no loop devices by itself."""
    if not all(shutil.which(tool) for tool in ('rauc', 'mksquashfs')):
        return False
    for number in range(LOOPS):
        if not os.path.exists(f'/dev/loop{number}'):
            subprocess.run(['mknod', f'/dev/loop{number}', 'b', '7', str(number)], check=False)
    if not os.path.exists('/dev/loop-control'):
        subprocess.run(['mknod', '/dev/loop-control', 'c', '10', '237'], check=False)
    image, there = FOLDER / 'try.squashfs', FOLDER / 'try'
    there.mkdir(exist_ok=True)
    subprocess.run(['mksquashfs', there, image, '-quiet', '-no-progress', '-noappend'],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    mounted = subprocess.run(['mount', '-t', 'squashfs', '-o', 'ro,loop', image, there],
                             capture_output=True, check=False)
    if mounted.returncode == 0:
        run('umount', there)
    return mounted.returncode == 0


class Rauc:
    """What both have: slots, of which one is booted, and a hold on the installation."""

    def __init__(self):
        self.start('A')

    def start(self, slot):
        """RAUC as it comes up when the machine has booted from this slot."""
        run('systemctl', 'stop', UNIT, check=False)
        self.boot(slot)
        DROP_IN.parent.mkdir(parents=True, exist_ok=True)
        DROP_IN.write_text(f'[Service]\nExecStart=\nExecStart={self.command(slot)}\n')
        run('systemctl', 'daemon-reload')

    def stop(self):
        run('systemctl', 'stop', UNIT)

    def hold(self):
        """An installation goes on until it is let go."""
        (FOLDER / 'held').unlink(missing_ok=True)
        (FOLDER / 'hold').touch()

    @property
    def is_held(self):
        """An installation has come as far as to the hold."""
        return (FOLDER / 'held').exists()

    def let_go(self):
        (FOLDER / 'hold').unlink(missing_ok=True)


class RealRauc(Rauc):
    NAME = 'RAUC of Debian'

    def __init__(self):
        (FOLDER / 'boot-loader').write_text(BOOT_LOADER)
        (FOLDER / 'boot-loader').chmod(0o755)
        (FOLDER / 'system.conf').write_text(SYSTEM)
        (FOLDER / 'primary').write_text('A\n')
        self.sign('key.pem', 'cert.pem')
        self.sign('other-key.pem', 'other-cert.pem')
        super().__init__()

    @staticmethod
    def sign(key, certificate):
        run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', FOLDER / key, '-out',
            FOLDER / certificate, '-subj', '/CN=test', '-days', '30')

    def command(self, slot):
        return f'/usr/bin/rauc -c {FOLDER}/system.conf --mount=/run/rauc service --override-boot-slot={slot}'

    def boot(self, slot):
        pass

    @property
    def primary(self):
        return (FOLDER / 'primary').read_text().strip()

    def reset(self):
        for state in FOLDER.glob('state-*'):
            state.unlink()
        for slot in SLOTS:
            (FOLDER / f'slot-{slot}').write_bytes(bytes(1 << 20))
        (FOLDER / 'primary').write_text('A\n')
        self.let_go()
        self.start('A')

    def break_slot(self):
        """What is not booted cannot be written."""
        (FOLDER / 'slot-B').unlink()

    def bundle(self, path, compatible=COMPATIBLE, version='2.0', forged=False):
        """Makes one; what it has for the slot."""
        content = FOLDER / 'content'
        shutil.rmtree(content, ignore_errors=True)
        content.mkdir()
        image = os.urandom(50000)
        (content / 'rootfs.img').write_bytes(image)
        (content / 'manifest.raucm').write_text(
            f'[update]\ncompatible={compatible}\nversion={version}\n\n'
            '[bundle]\nformat=plain\n\n[image.rootfs]\nfilename=rootfs.img\n')
        key, certificate = ('other-key.pem', 'other-cert.pem') if forged else ('key.pem', 'cert.pem')
        Path(path).unlink(missing_ok=True)
        run('rauc', 'bundle', f'--cert={FOLDER / certificate}', f'--key={FOLDER / key}', content, path)
        return image

    def has_installed(self, image):
        return (FOLDER / 'slot-B').read_bytes().startswith(image)


class StubRauc(Rauc):
    NAME = 'stub of RAUC'

    def command(self, slot):
        return f'{sys.executable} -B {STUB} {FOLDER}'

    def boot(self, slot):
        (FOLDER / 'booted').write_text(SLOTS[slot] + '\n')

    @property
    def primary(self):
        slot = (FOLDER / 'primary').read_text().strip()
        return next(name for name, each in SLOTS.items() if each == slot)

    def reset(self):
        for name in ('primary', 'fails', 'hold'):
            (FOLDER / name).unlink(missing_ok=True)
        (FOLDER / 'primary').write_text('rootfs.0\n')
        self.start('A')

    def break_slot(self):
        (FOLDER / 'fails').write_text('no space left in slot\n')

    def bundle(self, path, compatible=COMPATIBLE, version='2.0', forged=False):
        Path(path).write_text(f'bundle {"forged" if forged else compatible} {version}\n' + 'x' * 50000)

    def has_installed(self, image):
        return self.primary == 'B'


def kinds():
    """What can run here: a test of each has its name in the output."""
    FOLDER.mkdir(exist_ok=True)
    return [*([RealRauc] if can_mount() else []), StubRauc]
