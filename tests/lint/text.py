#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""text.py ROOT: every source file begins with its licence, fits in 109 columns (C too: clang-format breaks
no strings, people do, where a phrase ends), has no tab, no blank at a line's end, no mark of unfinished work
and no path of one machine. No sentence of the program sends an operator to a method of D-Bus: there is
lwm2mctl for that."""
import re
import sys
from pathlib import Path

FOLDERS = ('include', 'src', 'data', 'systemd', 'dbus', 'man', 'tests', '.ci')
CODE = ('.c', '.h', '.py', '.sh', '.build', '.rst', '.in', '.js', '.css', '.html')
COLUMNS = 109
LICENCE = re.compile(r'SPDX-License-Identifier: (Apache-2\.0|0BSD)')
# In two halves each, so that this file does not find itself.
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|X' r'XX)\b')
MACHINE = re.compile(r'(?<![\w.])/(wo' r'rk|ho' r'me/\w+)/')
METHOD = re.compile(r'"[^"]*\b(Restart|Reload|Reset|Bootstrap|Update|Disable)\(\)')
# What is copied as it is keeps its own form.
COPIES = {'tests/system/systemd-box.sh'}


def check(root, path):
    name = path.relative_to(root)
    lines = path.read_text(encoding='utf-8').splitlines()
    licensed = any(LICENCE.search(line) for line in lines[:3])
    if path.suffix in CODE and not licensed and str(name) not in COPIES:
        yield f'{name}: no SPDX line at the top'
    for number, line in enumerate(lines, 1):
        if MACHINE.search(line):
            yield f'{name}:{number}: path of one machine'
        if str(name) in COPIES or path.suffix not in CODE:
            continue
        if len(line) > COLUMNS:
            yield f'{name}:{number}: {len(line)} columns'
        if '\t' in line or line != line.rstrip():
            yield f'{name}:{number}: tab, or blank at the end'
        if UNFINISHED.search(line):
            yield f'{name}:{number}: mark of unfinished work'
        if path.suffix == '.c' and name.parts[0] == 'src' and METHOD.search(line):
            yield f'{name}:{number}: a method of D-Bus in a sentence'


def main():
    root = Path(sys.argv[1])
    complaints = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob('*')) if (root / folder).is_dir() else []:
            text = path.suffix in CODE + ('.md', '.yaml', '.xml', '.conf', '.service', '.catalog')
            if path.is_file() and text and 'corpus' not in path.parts:
                complaints += check(root, path)
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
