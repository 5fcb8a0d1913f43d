#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""commands.py ROOT DAEMON CTL: each command of ours that a document, the catalog, the configuration or a
sentence of the program tells somebody to type exists: the verb of lwm2mctl and each option are in --help."""
import re
import subprocess
import sys
from pathlib import Path

TEXTS = ('README.md', 'NEWS.md', 'SECURITY.md', 'ARCHITECTURE.md', 'man/*.rst', 'data/*.catalog',
         'data/*.yaml', 'data/examples/*', 'data/cockpit/*', 'data/container/*', 'systemd/*',
         'debian/*.README.Debian', 'debian/tests/*', 'src/**/*.c')
# What is typed begins a line, as in a literal block, or stands in bold, in backticks or in quotes, and ends
# with that; in a unit it follows "=", and its folder may stand before it.
BEGINS = r'(?:\*\*|`|"|\'|\$\(|\|\| |&& |^[ \t]*(?:[#$] )?|=)(?:[\w@/]*/)?'
COMMAND = re.compile(BEGINS + r'(?P<name>lwm2mctl|lwm2m-clientd)(?P<words>(?: [^\s*`"\'\\]+)+)', re.M)
END = {'|', '||', '&&', ';', '>', '#'}


def words_of(program):
    """(verbs, options) of a program's --help."""
    text = subprocess.run([program, '--help'], capture_output=True, text=True, timeout=30, check=True).stdout
    return (set(re.findall(r'^  ([a-z][a-z-]+)', text, re.M)), set(re.findall(r'--[a-z-]+', text)))


def wrong(name, words, known):
    """The words of one command that its program does not know."""
    verbs, options = known[name]
    for number, word in enumerate(words):
        if word in END or word == '--':
            return
        if word.startswith('--') and word.split('=')[0].rstrip('.,;:)') not in options:
            yield word
        is_verb = all(each.startswith('-') for each in words[:number]) and not word.startswith('-')
        if name == 'lwm2mctl' and is_verb and word.rstrip('.,;:)') not in verbs and word.islower():
            yield word


def check(text, known):
    for match in COMMAND.finditer(text):
        for word in wrong(match['name'], match['words'].split(), known):
            yield match['name'] + match['words'], word


def self_test():
    known = {'lwm2mctl': ({'status', 'get'}, {'--json', '--wait'}), 'lwm2m-clientd': (set(), {'--config'})}
    for text, count in (('**lwm2mctl status** and `lwm2mctl get /3`', 0), ('**lwm2mctl state**', 1),
                        ('    # lwm2mctl --json=short get | jq --slurp', 0), ('"lwm2mctl get --wat"', 1),
                        ('**lwm2mctl** asks', 0), ('    lwm2m-clientd --cfg=x', 1),
                        ('lwm2mctl state', 1), ('ExecStart=/usr/bin/lwm2mctl status --wate', 1)):
        if len(list(check(text, known))) != count:
            yield f'self-test: {text}: {list(check(text, known))}'


def main():
    root = Path(sys.argv[1])
    known = {'lwm2m-clientd': words_of(sys.argv[2]), 'lwm2mctl': words_of(sys.argv[3])}
    complaints, seen = list(self_test()), 0
    for pattern in TEXTS:
        for path in sorted(root.glob(pattern)):
            text = path.read_text(encoding='utf-8') if path.is_file() else ''
            seen += len(COMMAND.findall(text))
            complaints += [f'{path.relative_to(root)}: {command.strip()!r}: there is no {word!r}'
                           for command, word in check(text, known)]
    if seen < 50:
        complaints.append(f'only {seen} commands were found')
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
