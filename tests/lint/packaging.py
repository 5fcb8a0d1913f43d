#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""packaging.py ROOT VERSION: debian/changelog has the version of the build, and what debian/control builds
and tests with is what .ci/install-packages installs for that.
"""
import re
import sys
from pathlib import Path

# debhelper's own, under the names that debian/control has to use.
DEBHELPER = {'debhelper-compat', 'dh-sequence-installsysusers'}


def listed(script, name):
    """The words of a list of install-packages."""
    return set(re.search(rf"^{name}='([^']*)'", script, re.MULTILINE).group(1).split())


def dependencies(control):
    """(alternatives, is for the tests alone) of each entry of Build-Depends."""
    field = re.search(r'^Build-Depends:((?:.*\n)(?:[ \t].*\n)*)', control, re.MULTILINE).group(1)
    for entry in filter(None, (entry.strip() for entry in field.split(','))):
        yield {re.match(r'\S+', word.strip()).group(0) for word in entry.split('|')}, '<!nocheck>' in entry


def complaints(root, version):
    changelog = (root / 'debian' / 'changelog').read_text()
    if not re.match(rf'lwm2m-client \({re.escape(version)}(?:[+~][^)]*)?\) ', changelog):
        yield f'debian/changelog does not begin with version {version}, which meson.build has'
    script = (root / '.ci' / 'install-packages').read_text()
    build, test = listed(script, 'build'), listed(script, 'test')
    for names, for_tests in dependencies((root / 'debian' / 'control').read_text()):
        if not names & (build | (test if for_tests else DEBHELPER)):
            yield f'{" | ".join(sorted(names))} of debian/control is in no list of .ci/install-packages'


def main():
    found = list(complaints(Path(sys.argv[1]), sys.argv[2]))
    print('\n'.join(found))
    return 1 if found else 0


sys.exit(main())
