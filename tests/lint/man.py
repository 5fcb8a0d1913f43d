#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""man.py PAGE...: each page formats without a warning and has the sections every page of ours has."""
import os
import re
import subprocess
import sys

SECTIONS = ('NAME', 'SYNOPSIS', 'DESCRIPTION', 'SEE ALSO')


def check(page):
    env = dict(os.environ, MANWIDTH='80', LC_ALL='C.UTF-8')
    shown = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', page],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env, timeout=60)
    yield from shown.stderr.splitlines()
    if shown.returncode != 0:
        yield f'man: status {shown.returncode}'
    with open(page, encoding='utf-8') as file:
        headings = re.findall(r'^\.SH "?([^"\n]+)"?$', file.read(), re.M)
    for section in SECTIONS:
        if section not in headings:
            yield f'section {section} is missing'


def main():
    complaints = [f'{page}: {line}' for page in sys.argv[1:] for line in check(page)]
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
