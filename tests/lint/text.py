#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""text.py ROOT: every source file, scripts without a suffix among them, begins with its licence, fits in 109
columns (C too: clang-format breaks no strings, people do, where a phrase ends), has no tab, no blank at a
line's end, no mark of unfinished work and no path of one machine; so has every file of debian/, whose form
leaves no room for a licence. No sentence of the program sends an operator to a method of D-Bus: there is
lwm2mctl for that."""
import re
import sys
from pathlib import Path

FOLDERS = ('include', 'src', 'data', 'systemd', 'dbus', 'man', 'tests', '.ci', 'debian')
CODE = ('.c', '.h', '.py', '.sh', '.build', '.rst', '.in', '.js', '.css', '.html', '.conf', '.bb', '.rules',
        '.sysusers', '.bash-completion', '.zsh-completion')
NO_SUFFIX = ('Containerfile',)
ONE_LINE = ('.lintian-overrides', '.links')      # lintian and debhelper know no continuation
MAKEFILES = ('debian/rules',)           # make wants tabs
COLUMNS = 109
LICENCE = re.compile(r'SPDX-License-Identifier: (Apache-2\.0|0BSD)')
# In two halves each, so that this file does not find itself.
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|X' r'XX)\b')
MACHINE = re.compile(r'(?<![\w.])/(wo' r'rk|ho' r'me/\w+)/')
METHOD = re.compile(r'"[^"]*\b(Restart|Reload|Reset|Bootstrap|Update|Disable)\(\)')
# What is copied as it is keeps its own form.
COPIES = {'tests/system/systemd-box.sh'}


def is_code(path):
    """By its name, or as a script."""
    if path.suffix in CODE or path.name in NO_SUFFIX:
        return True
    with path.open('rb') as file:
        return file.read(2) == b'#!'


def check(root, path):
    name = path.relative_to(root)
    lines = path.read_text(encoding='utf-8').splitlines()
    licensed = any(LICENCE.search(line) for line in lines[:3])
    code = is_code(path) and str(name) not in COPIES
    if code and not licensed:
        yield f'{name}: no SPDX line at the top'
    for number, line in enumerate(lines, 1):
        if MACHINE.search(line):
            yield f'{name}:{number}: path of one machine'
        if not code and name.parts[0] != 'debian':
            continue
        if len(line) > COLUMNS and path.suffix not in ONE_LINE:
            yield f'{name}:{number}: {len(line)} columns'
        if '\t' in (line.lstrip('\t') if str(name) in MAKEFILES else line) or line != line.rstrip():
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
            if not path.is_file() or 'corpus' in path.parts:
                continue
            text = path.suffix in ('.md', '.yaml', '.xml', '.service', '.catalog') or folder == 'debian'
            if text or is_code(path):
                complaints += check(root, path)
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
