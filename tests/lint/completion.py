#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""completion.py LWM2MCTL FILE...: each verb and each long option of --help is a word of each completion, and
each shell can read its own."""
import re
import shutil
import subprocess
import sys
from pathlib import Path


def words_of_help(executable):
    shown = subprocess.run([executable, '--help'], capture_output=True, text=True, timeout=30, check=True)
    verbs, options = shown.stdout.split('\nVerbs:\n')[1].split('\nOptions:\n')
    return re.findall(r'^  ([a-z][a-z-]*)', verbs, re.M) + re.findall(r'--[a-z][a-z-]*', options)


def check(file, words):
    text = Path(file).read_text()
    # As a word of a list, or with a description behind it.
    known = set(re.findall(r"(?<![\w-])(?:--)?[a-z][a-z-]*(?![\w-])", text))
    for word in words:
        if word not in known:
            yield f'{file} does not know {word}'
    shell = Path(file).suffix[1:].split('-')[0]
    if shutil.which(shell):
        read = subprocess.run([shell, '-n', file], capture_output=True, text=True, timeout=30)
        if read.returncode != 0 or read.stderr:
            yield f'{shell} -n: {read.stderr.strip()}'


def main():
    words = words_of_help(sys.argv[1])
    complaints = [line for file in sys.argv[2:] for line in check(file, words)]
    if len(words) < 20:
        complaints.append(f'--help has {len(words)} verbs and options')
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
