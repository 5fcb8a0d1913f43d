#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""options.py ROOT MESON: what the options of the build promise, asked of a build folder that is never built.

-Dtests=false leaves the product alone, -Dman=disabled and -Dhtml=disabled the pages, and each option of a
folder moves its file.
"""
import json
import subprocess
import sys
import tempfile

PRODUCT = {'lwm2m-core', 'lwm2m-clientd', 'lwm2mctl', 'lwm2m-client-firmware-script'}
# Option and folder: the file that must lie there.
FOLDERS = {
    'systemd-unit-dir': ('/x/unit', '/x/unit/lwm2m-client.service'),
    'sysusers-dir': ('/x/sysusers', '/x/sysusers/lwm2m-client.conf'),
    'tmpfiles-dir': ('/x/tmpfiles', '/x/tmpfiles/lwm2m-client.conf'),
    'catalog-dir': ('/x/catalog', '/x/catalog/lwm2m-client.catalog'),
    'dbus-dir': ('/x/bus', '/x/bus/system.d/org.lwm2m.Client1.conf'),
    'polkit-rules-dir': ('/x/polkit', '/x/polkit/50-lwm2m-client.rules'),
    'zsh-completion-dir': ('/x/zsh', '/x/zsh/_lwm2mctl'),
    'bash-completion-dir': ('/x/bash', '/x/bash/lwm2mctl'),
}


def main():
    root, meson = sys.argv[1:]
    with tempfile.TemporaryDirectory() as build:
        subprocess.run([meson, 'setup', build, root, '-Dtests=false', '-Dman=disabled', '-Dhtml=disabled',
                        *(f'-D{option}={folder}' for option, (folder, _) in FOLDERS.items())],
                       check=True, stdout=subprocess.DEVNULL)

        def introspect(what):
            shown = subprocess.run([meson, 'introspect', f'--{what}', build], check=True,
                                   capture_output=True)
            return json.loads(shown.stdout)
        targets = {target['name'] for target in introspect('targets')}
        tests = introspect('tests') + introspect('benchmarks')
        installed = introspect('installed').values()
    found = []
    if targets != PRODUCT:
        found.append(f'-Dtests=false -Dman=disabled: targets {sorted(targets ^ PRODUCT)}')
    if tests:
        found.append(f'-Dtests=false: {len(tests)} tests')
    found += [f'-D{option}: nothing at {path}' for option, (_, path) in FOLDERS.items()
              if path not in installed]
    print('\n'.join(found))
    return 1 if found else 0


sys.exit(main())
