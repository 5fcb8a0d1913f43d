#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py BUILD: the Debian packages of HEAD: they build, lintian has nothing to say, a build elsewhere is
the same byte for byte, a system that boots a real systemd installs, uses, upgrades (from the packages of the
commit before), removes and purges them, and autopkgtest's test passes on the installed ones.

As root, with `.ci/install-packages package`. What is not committed is not seen.
"""
import hashlib
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'system'))
import box  # noqa: E402
from packages import TREE, Failed, build, git, has_packaging, packages, version  # noqa: E402

TIMEOUT = 900   # seconds in the box
TOOLS = ('dpkg-buildpackage', 'dh', 'lintian', 'autopkgtest', 'git')
# Everything that may differ between two machines and must not be seen in a package.
ELSEWHERE = {'variables': {'TZ': 'Pacific/Chatham', 'LC_ALL': 'C', 'HOME': '/nonexistent', 'USER': 'other'},
             'options': 'nocheck parallel=1', 'umask': 0o002}


def lintian(changes):
    """Errors and warnings fail, what else it has to say is printed."""
    done = subprocess.run(['lintian', '--fail-on', 'error,warning', '--display-info', '--pedantic',
                           '--tag-display-limit', '0', '--allow-root', changes],
                          capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr)
    if done.returncode != 0:
        raise Failed('lintian has something to say')


def digests(changes):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for pattern in ('*.deb', '*.tar.*', '*.dsc') for path in changes.parent.glob(pattern)}


def compare(here, elsewhere):
    first, second = digests(here), digests(elsewhere)
    differing = [name for name in first | second if first.get(name) != second.get(name)]
    if differing:
        raise Failed(f'differ when built elsewhere: {differing} of {here.parent} and {elsewhere.parent}')
    print('the same byte for byte:', *first)


def in_the_box(build_root, before, head):
    """test_package.py, with the packages in /srv and a copy of the source for autopkgtest."""
    folders = {'before': packages(before), 'head': packages(head)}
    copies = [f'install -D -m 0644 -t "$SDBOX_ROOT/srv/{name}" ' + shlex.join(map(str, files))
              for name, files in folders.items()]
    source = shlex.quote(str(head.parent / 'lwm2m-client'))
    status = box.run_pytest(HERE / 'test_package.py', (
        *copies, f'cp --recursive {source} "$SDBOX_ROOT/srv/source"', *box.tools(build_root)), TIMEOUT)
    if status != 0:
        raise Failed('the packages in a booted system')


def main():
    build_root = sys.argv[1]
    reason = box.obstacle() or ', '.join(f'{tool} not found' for tool in TOOLS if not shutil.which(tool))
    if reason:
        print(f'packages: {reason}')
        return 1
    work = Path(build_root) / 'tests' / 'package' / 'work'
    begin = time.monotonic()

    def step(text):
        print(f'\n== {time.monotonic() - begin:.0f} s: {text}', flush=True)
    try:
        commit, previous = git('rev-parse', 'HEAD'), git('rev-parse', 'HEAD~1')
        step(f'build of {git("log", "-1", "--format=%h %s", commit)}')
        head = build(commit, work / 'head')
        step('lintian')
        lintian(head)
        step('build of the same elsewhere')
        compare(head, build(commit, work / 'a' / 'longer' / 'way', **ELSEWHERE))
        # The commit that brings the packages has none before it.
        previous = previous if has_packaging(previous) else commit
        step(f'build of {git("log", "-1", "--format=%h %s", previous)}')
        before = build(previous, work / 'before', suffix='~before')
        step('from {} to {} in a box'.format(*(version(each.parent / 'lwm2m-client')
                                               for each in (before, head))))
        in_the_box(build_root, before, head)
        step('done')
        return 0
    except (Failed, subprocess.TimeoutExpired) as error:
        print(f'\n{TREE}: {error}')
        return 1


sys.exit(main())
