#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""recipe.py ROOT BUILD: the Yocto recipe is of this tree.

Its version and licence are the project's, it depends on what the build asks for, knows the build's options,
makes the users of the sysusers file, and packages all that is installed. BUILD is a meson build folder.
"""
import fnmatch
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

# pkg-config's names in meson.build, and OpenEmbedded's recipes; None: of the C library, or PACKAGECONFIG's.
RECIPES = {'libcoap-3-openssl': 'libcoap', 'openssl': 'openssl', 'libsystemd': 'systemd',
           'yaml-0.1': 'libyaml', 'jansson': 'jansson', 'libcbor': 'libcbor', 'threads': None,
           'libcurl': None}
# What a product's build leaves at its default: they are of the tests, which it does not build.
OF_TESTS = {'fuzzing', 'interop', 'system-tests', 'oma-registry-dir'}
# Of bitbake.conf, and of the classes that the recipe inherits.
VARIABLES = {'datadir': '/usr/share', 'nonarch_libdir': '/usr/lib', 'base_sbindir': '/sbin',
             'systemd_system_unitdir': '/usr/lib/systemd/system'}
PACKAGED = ['/usr/bin/*', '/usr/sbin/*', '/etc/*', '/usr/share/lwm2m-client/*', '/usr/share/doc/*',
            '/usr/share/man/*', '/lib/systemd/system/*', '/usr/lib/systemd/system/*',
            '/usr/share/bash-completion/*']


def assignments(text):
    """The recipe's variables, flags as "NAME[flag]", with line ends folded and what is known filled in."""
    text = re.sub(r'^#.*\n', '', text, flags=re.MULTILINE).replace('\\\n', ' ')
    found = re.findall(r'^([\w-]+(?::\$\{PN\})?(?:\[[\w-]+\])?)\s*(?:\?\?|\+)?=\s*"(.*)"$', text, re.M)
    return {name: re.sub(r'\$\{(\w+)\}', lambda match: VARIABLES.get(match[1], match[0]), value)
            for name, value in found}


def dependencies(build):
    return set(re.findall(r"^\w+ = dependency\('([^']+)'", build, re.MULTILINE))


def accounts(sysusers):
    """The groups and users of a sysusers file."""
    lines = re.findall(r'^([ug]) (\S+)', sysusers, re.MULTILINE)
    return [{name for kind, name in lines if kind == wanted} for wanted in 'gu']


def made(recipe):
    """Those that the recipe makes."""
    groups = {words.split()[-1] for words in recipe['GROUPADD_PARAM:${PN}'].split(';')}
    return [groups, {words.split()[-1] for words in recipe['USERADD_PARAM:${PN}'].split(';')}]


def check(root, build, file):
    recipe, project = assignments(file.read_text()), (root / 'meson.build').read_text()
    version = re.search(r"^    version: '([^']+)'", project, re.MULTILINE).group(1)
    if file.name != f'lwm2m-client_{version}.bb':
        yield f'the project has version {version}'
    licence = hashlib.md5((root / 'LICENSE').read_bytes()).hexdigest()
    if recipe['LIC_FILES_CHKSUM'] != f'file://LICENSE;md5={licence}':
        yield f'LICENSE has the MD5 {licence}'
    if (file.parent / recipe['EXTERNALSRC'].replace('${THISDIR}/', '')).resolve() != root.resolve():
        yield 'EXTERNALSRC is not the tree'

    needed = {RECIPES.get(name, name) for name in dependencies(project)} - {None}
    if set(recipe['DEPENDS'].split()) != needed:
        yield f'DEPENDS is not {" ".join(sorted(needed))}'

    options = set(re.findall(r"^option\('([^']+)'", (root / 'meson_options.txt').read_text(), re.MULTILINE))
    named = set(re.findall(r'-D([\w-]+)=', ' '.join(value for name, value in recipe.items()
                                                    if name.startswith(('EXTRA_OEMESON', 'PACKAGECONFIG')))))
    for name in sorted((options - OF_TESTS) ^ named):
        yield f'option {name} is {"not known to the recipe" if name in options else "not one of the build"}'

    for kind, wanted, there in zip(('groups', 'users'), accounts(
            (root / 'systemd' / 'lwm2m-client.sysusers').read_text()), made(recipe)):
        if wanted != there:
            yield f'{kind}: {sorted(there)}, the sysusers file has {sorted(wanted)}'

    patterns = PACKAGED + [each + '/*' for each in recipe['FILES:${PN}'].split()]
    installed = json.loads(subprocess.run(['meson', 'introspect', '--installed', build], check=True,
                                          stdout=subprocess.PIPE, text=True).stdout)
    for path in sorted(set(installed.values())):
        if not any(fnmatch.fnmatch(path, pattern) for pattern in patterns):
            yield f'{path} is in no package'


def main():
    root, build = map(Path, sys.argv[1:])
    files = list((root / 'data' / 'yocto').rglob('*.bb'))
    complaints = [f'{file.name}: {line}' for file in files for line in check(root, build, file)]
    if len(files) != 1:
        complaints.append(f'{len(files)} recipes')
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
