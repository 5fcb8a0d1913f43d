#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""help.py EXECUTABLE CODE: --help fits in 80 columns and goes to stdout, --version says one line, and a
wrong option is told on stderr, without the help text, with exit status CODE."""
import subprocess
import sys

COLUMNS = 80


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


def main():
    executable, code = sys.argv[1], int(sys.argv[2])
    complaints = []

    shown = run(executable, '--help')
    if shown.returncode != 0 or not shown.stdout or shown.stderr:
        complaints.append(f'--help: status {shown.returncode}, stderr "{shown.stderr}"')
    for number, line in enumerate(shown.stdout.splitlines(), 1):
        if len(line) > COLUMNS:
            complaints.append(f'--help line {number} has {len(line)} columns: {line}')
        if '\t' in line or line != line.rstrip():
            complaints.append(f'--help line {number} has a tab or ends in a blank: {line!r}')
    for option in ('--help', '--version'):
        if option not in shown.stdout:
            complaints.append(f'--help does not mention {option}')

    version = run(executable, '--version')
    if version.returncode != 0 or len(version.stdout.splitlines()) != 1 or version.stderr:
        complaints.append(f'--version: status {version.returncode}, "{version.stdout}", "{version.stderr}"')

    for words in (['--no-such-option'], ['--help=text']):
        wrong = run(executable, *words)
        if wrong.returncode != code:
            complaints.append(f'{words}: status {wrong.returncode}, expected {code}')
        if wrong.stdout or words[0].split('=')[0] not in wrong.stderr:
            complaints.append(f'{words}: the message belongs on stderr and names the option: '
                              f'"{wrong.stdout}", "{wrong.stderr}"')
        if len(wrong.stderr.splitlines()) > 2:
            complaints.append(f'{words}: a usage error is not answered with the help text')

    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
