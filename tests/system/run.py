#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py MODE BUILD SOURCE FILE: run one pytest file inside a throw-away system that boots a real systemd,
with the build installed in it.

MODE is the option system-tests: "auto" skips (77) where the box cannot be built, "enabled" fails there.
"""
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = ('systemd-nspawn', 'unshare', 'nsenter', 'setpriv', 'meson', 'systemd-sysusers', 'systemd-tmpfiles')


ACTIVATION = """[D-BUS Service]
Name=org.lwm2m.Client1
Exec=/bin/false
User=root
SystemdService=dbus-org.lwm2m.Client1.service
"""


def obstacle():
    """Why there can be no box here, or None."""
    if os.geteuid() != 0:
        return 'not root'
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        return 'not found: ' + ', '.join(missing)
    mounts = Path('/proc/self/mounts').read_text().split('\n')
    if not any(line.split()[2:3] == ['cgroup2'] for line in mounts):
        return 'no cgroup2 mounted'
    if subprocess.run(['unshare', '--mount', '--propagation', 'private', 'true'],
                      stderr=subprocess.DEVNULL).returncode != 0:
        return 'not allowed to mount'
    return None


def main():
    mode, build, source, file = sys.argv[1], *map(Path, sys.argv[2:5])
    reason = obstacle()
    if reason:
        print(f'system tests: {reason}')
        return 1 if mode == 'enabled' else 77

    # What versions that the bus could start have left behind; then as a package would: files, then users,
    # then the folders that belong to them; and what tests need.
    install = ' && '.join((
        'cd "$SDBOX_ROOT" && mkdir -p usr/share/dbus-1/system-services etc/systemd/system',
        f'echo {shlex.quote(ACTIVATION)} >usr/share/dbus-1/system-services/org.lwm2m.Client1.service',
        'ln -sf /usr/lib/systemd/system/lwm2m-client.service '
        'etc/systemd/system/dbus-org.lwm2m.Client1.service',
        f'DESTDIR="$SDBOX_ROOT" meson install --no-rebuild --quiet -C {shlex.quote(str(build))}',
        'systemd-sysusers --root="$SDBOX_ROOT" lwm2m-client.conf',
        'systemd-tmpfiles --root="$SDBOX_ROOT" --create lwm2m-client.conf',
        'journalctl --root="$SDBOX_ROOT" --update-catalog',
        f'install -D -t "$SDBOX_ROOT/usr/local/bin" {shlex.quote(str(build))}/tests/peer/dtls_terminator',
        f'install -D -t "$SDBOX_ROOT/usr/local/lib" {shlex.quote(str(build))}/tests/peer/clock_shim.so'))
    # Not as a unit of the box: the connection of systemd-run would not outlive the bus that a test restarts.
    inside = ('exec nsenter --target "$SDBOX_LEADER" --all -- env -i LANG=C.UTF-8 HOME=/root '
              'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin '
              'PYTHONDONTWRITEBYTECODE=1 SYSTEMD_PAGER=cat '
              + shlex.join([sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', '-v', '--tb=short',
                            f'--rootdir={source}/tests/system', str(file)]))
    box = subprocess.run([source / 'tests' / 'system' / 'systemd-box.sh', '--bind-ro', source,
                          '--prepare', install, '--timeout', '240', '--outside', '--',
                          'sh', '-c', inside], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                         errors='replace', check=False)
    print(box.stdout, flush=True)
    if box.returncode != 0:
        # Behind the box's journal, where the last lines of a log are looked at.
        print(*box.stdout.splitlines()[-70:], sep='\n', file=sys.stderr)
    return box.returncode


sys.exit(main())
