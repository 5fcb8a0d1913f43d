#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seed.py ROOT TESTS_JSON: each test that tests/seed.md names exists.

A test is named in backticks, in one of three forms:
  `suite/file::test`  the word "test" in tests/suite/**/file.{c,py,sh}; file with or without folders, suffix
  `suite/name`        a test of meson in that suite (TESTS_JSON: meson-info/intro-tests.json)
  `name.sh`           the script tests/name.sh
Every row of its tables must name at least one, and its last cell has no other word in backticks: what is no
name would be looked for nowhere. No promise has two rows, as a merge leaves them.
"""
import json
import re
import sys
from pathlib import Path

SUITES = ('unit', 'fuzz', 'lint', 'integration', 'demo', 'system', 'interop', 'benchmark', 'soak',
          'mutants', 'peer', 'package', 'cockpit', 'yocto')
NAME = re.compile(r'`((?:%s)/[^`\s]+|\w+\.sh)`' % '|'.join(SUITES))


def functions(root, suite, name):
    """The texts of all files that "file" of a suite can mean."""
    base = root / 'tests' / suite
    for path in sorted(base.rglob('*')) if base.is_dir() else []:
        short = path.relative_to(base)
        if path.suffix in ('.c', '.py', '.sh') and name in (
                path.name, path.stem, str(short), str(short.with_suffix(''))):
            yield path.read_text()


def exists(root, tests, name):
    if '::' in name:
        place, function = name.split('::', 1)
        suite, file = place.split('/', 1)
        # A parametrized case stands behind its function: test_x[case].
        function, _, case = function.partition('[')
        pattern = re.compile(r'\b%s\b' % re.escape(function))
        return any(pattern.search(text) and case.rstrip(']') in text
                   for text in functions(root, suite, file))
    return name in tests or (name.endswith('.sh') and (root / 'tests' / name).is_file())


def rows(text):
    """(line number, cells) of each body row of each table: those below its |---| line."""
    body = False
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r'^\|[\s:|-]+\|$', line):
            body = True
        elif not line.startswith('|'):
            body = False
        elif body:
            yield number, line


def main():
    root = Path(sys.argv[1])
    tests = {f'{suite.split(":")[-1]}/{test["name"]}'
             for test in json.loads(Path(sys.argv[2]).read_text()) for suite in test['suite']}
    text = (root / 'tests' / 'seed.md').read_text()

    complaints = [f'tests/seed.md: `{name}` does not exist'
                  for name in dict.fromkeys(NAME.findall(text)) if not exists(root, tests, name)]
    complaints += [f'tests/seed.md:{number}: the row names no test'
                   for number, line in rows(text) if not NAME.search(line)]
    complaints += [f'tests/seed.md:{number}: {word} has not the form of a name'
                   for number, line in rows(text)
                   for word in re.findall(r'`[^`]*`', line.rsplit(' | ', 1)[1]) if not NAME.fullmatch(word)]
    promises = [line.split(' | ')[0] for _, line in rows(text)]
    complaints += [f'tests/seed.md: two rows begin with {promise}'
                   for promise in dict.fromkeys(promises) if promises.count(promise) > 1]
    if not NAME.search(text):
        complaints.append('tests/seed.md names no test at all')
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
