#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hardening.py FORTIFIED PROGRAM...: relocations are read-only once the program runs, and with FORTIFIED
"true", as README builds it, libc's checking functions are called.
"""
import re
import subprocess
import sys


def readelf(option, program):
    shown = subprocess.run(['readelf', '--wide', option, program], check=True, capture_output=True,
                           text=True)
    return shown.stdout


def complaints(program, fortified):
    if not re.search(r'^\s*GNU_RELRO\b', readelf('--program-headers', program), re.MULTILINE):
        yield 'no RELRO'
    if not re.search(r'\((FLAGS|FLAGS_1)\).*\b(BIND_NOW|NOW)\b', readelf('--dynamic', program)):
        yield 'symbols are bound lazily'
    if fortified and not re.search(r'\b__\w+_chk\b', readelf('--dyn-syms', program)):
        yield 'no _FORTIFY_SOURCE'


def main():
    fortified = sys.argv[1] == 'true'
    found = [f'{program}: {words}' for program in sys.argv[2:] for words in complaints(program, fortified)]
    print('\n'.join(found))
    return 1 if found else 0


sys.exit(main())
