#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""container.py ROOT BUILD DAEMON PRODUCT: the Containerfile makes an image that the daemon runs in.

What it installs of libraries is what the daemon is linked with, what it copies is installed by the build,
and it knows the options. Packages have the names of its own Debian: elsewhere they are not looked at, nor
where PRODUCT is false: a sanitizer's library is in no image.
"""
import json
import re
import subprocess
import sys
from pathlib import Path


def output(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def owner(path):
    """The package of a file; /lib may be a link to /usr/lib that dpkg does not know of."""
    found = subprocess.run(['dpkg', '--search', path, path.removeprefix('/usr')], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, check=False)
    return found.stdout.split(':')[0]


def linked(daemon):
    """The packages of the libraries that the daemon names itself; those that these need come with them."""
    names = re.findall(r'NEEDED +(\S+)', output('objdump', '-p', daemon))
    paths = dict(re.findall(r'(\S+) => (\S+)', output('ldd', daemon)))
    return {owner(str(Path(paths[name]).resolve())) for name in names if name in paths} - {'libc6'}


def check(root, build, daemon, is_product, text):
    final = text.rsplit('\nFROM ', 1)[1]
    release = re.match(r'debian:(\d+)', final).group(1)
    installed = re.search(r'--no-install-recommends((?:\s|\\|[\w.+-]+)*)&&', final).group(1).split()
    is_release = rf'^VERSION_ID="{release}"$'
    if is_product and re.search(is_release, Path('/etc/os-release').read_text(), re.MULTILINE):
        libraries, needed = {name for name in installed if name.startswith('lib')}, linked(daemon)
        if libraries != needed:
            yield f'packages {sorted(libraries ^ needed)} are not in both, image and daemon'

    options = set(re.findall(r"^option\('([^']+)'", (root / 'meson_options.txt').read_text(), re.MULTILINE))
    for name in re.findall(r' -D([\w-]+)=', text):
        if name not in options:
            yield f'option {name} is not one of the build'

    product = json.loads(output('meson', 'introspect', '--installed', build)).values()
    for path in re.findall(r'^COPY --from=build /product(\S+)', final, re.MULTILINE):
        if not any(each == path or f'{each}/'.startswith(path) or path.startswith(f'{each}/')
                   for each in product):
            yield f'{path} is not installed'


def main():
    root, build, daemon = map(Path, sys.argv[1:4])
    file = root / 'data' / 'container' / 'Containerfile'
    complaints = list(check(root, build, daemon, sys.argv[4] == 'true', file.read_text()))
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
