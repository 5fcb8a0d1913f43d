#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py ROOT FOLDER: oelint-adv, of PyPI, finds nothing in the Yocto layer. It is kept in FOLDER.

Exit status: 0 nothing, 1 findings, 77 it cannot be had. `lint/recipe` compares the recipe with the build.
"""
import os
import subprocess
import sys
import venv
from pathlib import Path

SKIP = 77
LINTER = 'oelint-adv==9.11.2'
RELEASES = ('scarthgap', 'walnascar')
# What is not asked for, and why.
SUPPRESSED = {
    'oelint.vars.homepageping': 'a test that asks the Internet says nothing about the recipe',
    'oelint.var.suggestedvar.BUGTRACKER': 'there is none of the project\'s own',
}


def program(folder):
    """The linter, installed if it is not there yet; or None."""
    found = folder / 'bin' / 'oelint-adv'
    if not found.exists():
        try:
            venv.create(folder, with_pip=True, clear=True)
            subprocess.run([folder / 'bin' / 'pip', 'install', '--quiet', LINTER], check=True)
        except subprocess.CalledProcessError as error:
            print(f'{LINTER} cannot be had: {error}')
            return None
    return found


def main():
    root, folder = map(Path, sys.argv[1:])
    linter = program(folder / 'venv')
    if linter is None:
        return SKIP
    files = sorted(path for path in (root / 'data' / 'yocto').rglob('*') if path.is_file())
    status = 0
    for release in RELEASES:
        done = subprocess.run(
            [linter, '--mode', 'all', '--quiet', '--release', release,
             *(word for rule in SUPPRESSED for word in ('--suppress', rule)), *files],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            env={**os.environ, 'HOME': str(folder)})
        print(f'{release}: {done.stdout or "nothing"}')
        status |= done.returncode != 0 or done.stdout != ''
    return status


sys.exit(main())
