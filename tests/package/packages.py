# SPDX-License-Identifier: Apache-2.0
"""Debian packages of one commit of this tree, built from what git has of it and nothing else."""
import os
import re
import shutil
import subprocess
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
PATIENCE = 1800     # seconds for one build on a busy machine
INHERITED = ('PATH', 'HOME', 'CCACHE_DIR')


class Failed(Exception):
    """What was promised of the packages does not hold; the text says what."""


def git(*words):
    done = subprocess.run(['git', '-C', TREE, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f'git {" ".join(words)}: {done.stderr.strip()}')
    return done.stdout.strip()


def has_packaging(commit):
    return git('ls-tree', '--name-only', commit, 'debian') != ''


def version(source):
    return re.match(r'[^ ]+ \(([^)]+)\)', (source / 'debian' / 'changelog').read_text()).group(1)


def unpack(commit, source, suffix):
    """The commit's files in the folder `source`, with this added to its version."""
    source.mkdir(parents=True)
    archive = subprocess.Popen(['git', '-C', TREE, 'archive', commit], stdout=subprocess.PIPE)
    subprocess.run(['tar', '--extract', '--directory', source], stdin=archive.stdout, check=True)
    if archive.wait() != 0:
        raise Failed(f'git archive {commit}: status {archive.returncode}')
    changelog = source / 'debian' / 'changelog'
    changelog.write_text(changelog.read_text().replace(')', f'{suffix})', 1))


def build(commit, folder, suffix='', options='nocheck', variables=None, umask=0o022):
    """Builds source and binary packages in the new folder `folder`; its .changes file. `options`: of
    DEB_BUILD_OPTIONS. `variables`: more of the environment."""
    shutil.rmtree(folder, ignore_errors=True)
    source = folder / 'lwm2m-client'
    unpack(commit, source, suffix)
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= {'LC_ALL': 'C.UTF-8', 'DEB_BUILD_OPTIONS': options, **(variables or {})}
    log = folder / 'build.log'
    with log.open('w') as file:
        done = subprocess.run(['dpkg-buildpackage', '--unsigned-source', '--unsigned-changes'], cwd=source,
                              env=environment, stdin=subprocess.DEVNULL, stdout=file,
                              stderr=subprocess.STDOUT, timeout=PATIENCE, umask=umask, check=False)
    if done.returncode != 0:
        tail = '\n'.join(log.read_text(errors='replace').splitlines()[-60:])
        raise Failed(f'dpkg-buildpackage of {commit}: status {done.returncode}, {log}\n{tail}')
    changes, = folder.glob('*.changes')
    return changes


def packages(changes):
    """The binary packages to install, without symbols for debuggers."""
    return sorted(path for path in changes.parent.glob('*.deb') if '-dbgsym_' not in path.name)
