#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""man.py PAGE...: each page is shown without a warning, however wide the terminal is, and has the sections
every page of ours has."""
import os
import re
import subprocess
import sys

SECTIONS = ('NAME', 'SYNOPSIS', 'DESCRIPTION', 'EXAMPLES', 'SEE ALSO')
WIDTHS = ('72', '80', '90', '120')


def show(page, width):
    env = dict(os.environ, MANWIDTH=width, LC_ALL='C.UTF-8')
    shown = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', page], stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True, env=env, timeout=60)
    for line in shown.stderr.splitlines():
        yield f'{width} columns: {line}'
    if shown.returncode != 0:
        yield f'{width} columns: man: status {shown.returncode}'


def check(page):
    for width in WIDTHS:
        yield from show(page, width)
    with open(page, encoding='utf-8') as file:
        headings = re.findall(r'^\.SH "?([^"\n]+)"?$', file.read(), re.M)
    for section in SECTIONS:
        # A tutorial is one long example.
        if section not in headings and (section != 'EXAMPLES' or '-tutorial.' not in page):
            yield f'section {section} is missing'


def main():
    complaints = [f'{page}: {line}' for page in sys.argv[1:] for line in check(page)]
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
