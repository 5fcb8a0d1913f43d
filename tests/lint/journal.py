#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""journal.py ROOT: each line of the log that is a notice or more names its kind, a MESSAGE_ID; each kind
stands in the catalog with what to do, in lwm2m-clientd(8), and in a test that sees such a line."""
import re
import sys
from pathlib import Path

KIND = re.compile(r'^#define MESSAGE_ID_(\w+)\s+"([0-9a-f]{32})"$', re.M)
ENTRY = re.compile(r'^-- ([0-9a-f]{32})\nSubject: (.+)\nDefined-By: lwm2m-client\n'
                   r'Documentation: man:(.+)\n\n'
                   r'((?:.+\n|\n(?!-- ))+)', re.M)
# Before its sentence a call names a MESSAGE_ID_, or a LogAbout that was made before.
NAMELESS = re.compile(r'\blog_(?:notice|warning|error)(?:_errno)?\(|'
                      r'\blog_full\((?=[^";]*\b(?:level|LOG_(?:EMERG|ALERT|CRIT|ERR|WARNING|NOTICE))\b)'
                      r'(?![^";]*(?:MESSAGE_ID_|\bmessage_id,|\babout\b))')
LINE_MAX = 90       # columns, as journalctl -x shows it


def lines_without_a_kind(root):
    """Of the daemon; lwm2mctl has no journal."""
    for file in sorted((root / 'src').glob('*/*.c')):
        if file.parent.name != 'ctl':
            text = file.read_text()
            for match in NAMELESS.finditer(text):
                line = text.count('\n', 0, match.start()) + 1
                yield f'{file.relative_to(root)}:{line}: a notice or more without a kind: log_event() and ' \
                      'the like take a MESSAGE_ID_ of util/message_ids.h'


def complaints(root):
    kinds = dict(KIND.findall((root / 'include/util/message_ids.h').read_text()))
    catalog = (root / 'data/lwm2m-client.catalog').read_text()
    entries = {each[0]: each for each in ENTRY.findall(catalog)}
    page = (root / 'man/lwm2m-clientd.8.rst').read_text()
    tests = ''.join(file.read_text() for folder in ('unit', 'integration', 'system')
                    for file in (root / 'tests' / folder).rglob('*.[cp]*') if file.suffix in ('.c', '.py'))
    seen = {name for names in re.findall(r'["\'](\w+)(?=["\'])|\bMESSAGE_ID_(\w+)', tests) for name in names}
    yield from lines_without_a_kind(root)
    explained = re.findall(r'^-- ', catalog, re.M)
    if not kinds or len(entries) != len(explained) or set(entries) != set(kinds.values()):
        yield f'catalog and message_ids.h differ, or an entry has not the form of the others: ' \
              f'{sorted(set(entries) ^ set(kinds.values()))}'
    for number, line in enumerate(catalog.split('\n'), 1):
        if len(line) > LINE_MAX and not line.startswith('#'):
            yield f'data/lwm2m-client.catalog:{number}: more than {LINE_MAX} columns'
    for name, message_id in kinds.items():
        subject = entries.get(message_id, ['', ''])[1].replace('@CONFIG_FILE@', 'FILE')
        if f'{message_id}\n    {subject}\n' not in page:
            yield f'lwm2m-clientd(8) does not list {message_id}, {subject}'
        if name not in seen:
            yield f'no test sees a line of the kind {name}'


def main():
    found = list(complaints(Path(sys.argv[1])))
    print('\n'.join(found))
    return 1 if found else 0


sys.exit(main())
