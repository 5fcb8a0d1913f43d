#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shell.py ROOT: shellcheck has nothing to say of any shell script of the tree, among them the examples that
others copy."""
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDERS = ('.ci', 'data', 'dbus', 'debian', 'tests')
SHELL = re.compile(rb'#!.*[/ ](ba)?sh\n')


def is_script(path):
    with path.open('rb') as file:
        return SHELL.fullmatch(file.readline(100)) is not None


def main():
    root = Path(sys.argv[1])
    scripts = [path for folder in FOLDERS for path in sorted((root / folder).rglob('*'))
               if path.is_file() and is_script(path)]
    if not shutil.which('shellcheck'):
        print('no shellcheck')
        return 77
    return subprocess.run(['shellcheck', *scripts], check=False).returncode or len(scripts) < 10


sys.exit(main())
