#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sandbox.py DAEMON UNIT: --check-config warns of a file that the service does not see, by what the unit's
settings hide (systemd.exec(5)), and of no other. Each setting of the unit that is about files is known here.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

# What a setting hides; its value here, and a path in each place.
HIDES = {
    'ProcSubset=pid': ['/proc/loadavg', '/proc/1/stat', '/proc/device-tree/serial-number'],
    'ProtectHome=yes': ['/home/value', '/root/value', '/run/user/1000/value'],
    'PrivateTmp=yes': ['/tmp/value', '/var/tmp/value'],
    'PrivateDevices=yes': ['/dev/kmsg', '/dev/iio:device0'],
    'ProtectKernelModules=yes': ['/usr/lib/modules/value', '/lib/modules/value'],
}
# Settings about files that hide none which another one does not: read-only, or other processes' /proc.
HIDE_NONE = {'ProtectSystem=strict', 'ProtectKernelTunables=yes', 'ProtectControlGroups=yes',
             'ProtectKernelLogs=yes', 'ProtectClock=yes', 'ProtectProc=invisible', 'DevicePolicy=closed',
             'PrivateUsers=yes', 'PrivateIPC=yes', 'PrivateMounts=yes'}
SEEN = ['/sys/class/thermal/thermal_zone0/temp', '/sys/fs/cgroup/value', '/run/value', '/var/lib/value',
        '/etc/value', '/usr/share/value', '/opt/value', '/mnt/value', '/proc/self/statm',
        '/sys/firmware/devicetree/base/serial-number', '/homes/value', '/temporary', '/process']
ABSENT = 'which does not exist'
ABOUT_FILES = ('Protect', 'Private', 'Proc', 'Root', 'Bind', 'Mount', 'Temporary', 'Inaccessible',
               'ReadOnly', 'ReadWrite', 'NoExec', 'ExecPaths', 'Device', 'Image', 'Extension')

ACCOUNT = 'endpoint: g\n' \
    'servers: [{short_server_id: 1, uri: "coap://server.example.org", security_mode: nosec}]\n'
DEFINITION = 'object: 40000\nname: Files\nmultiple: true\n' \
    'resources: {0: {name: V, operations: R, type: string}}\n'


def read_settings(unit):
    lines = [line.strip() for line in unit.read_text().splitlines()]
    return {line for line in lines if line.startswith(ABOUT_FILES) and '=' in line}


def warnings(daemon, paths):
    """{path: what --check-config says of it}"""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        (folder / '40000.yaml').write_text(DEFINITION)
        entries = [f'  - {{object: 40000, instance: {i}, values: {{0: {{file: "{path}"}}}}}}'
                   for i, path in enumerate(paths)]
        config = folder / 'config.yaml'
        config.touch(mode=0o600)
        config.write_text(ACCOUNT + 'objects:\n' + '\n'.join(entries) + '\n')
        words = [daemon, '--check-config', f'--config={config}', f'--object-directory={folder}']
        run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    first = ACCOUNT.count('\n') + 2
    found = {}
    for line in run.stderr.splitlines():
        number, sentence = int(line.split(':')[1]), line.split(': ', 1)[1]
        found[paths[number - first]] = sentence
    return run.returncode, found


def main():
    daemon, settings = sys.argv[1], read_settings(Path(sys.argv[2]))
    known = set(HIDES) | HIDE_NONE
    complaints = [f'{setting}: what it hides is not known here' for setting in settings - known]
    complaints += [f'{setting}: no longer in the unit' for setting in known - settings]

    hidden = {path: setting.partition('=')[0] for setting, paths in HIDES.items() for path in paths}
    status, found = warnings(daemon, [*hidden, *SEEN])
    if status != 0:
        complaints.append(f'status {status}: {found}')
    here = str(Path.cwd())
    for path, setting in hidden.items():
        # Where this test runs in such a place itself, a file there is not the service's.
        if not here.startswith('/' + path.split('/')[1]) and f'({setting}=' not in found.get(path, ''):
            complaints.append(f'{path} is hidden by {setting}=: {found.get(path)!r}')
    # Whether such a file is there is this machine's matter.
    complaints += [f'{path} is seen: {found[path]!r}' for path in SEEN
                   if not found.get(path, ABSENT).endswith(ABSENT)]
    print('\n'.join(complaints))
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
