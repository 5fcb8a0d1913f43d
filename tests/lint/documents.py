#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""documents.py ROOT: what the code can say, the documents explain: each word of the closed vocabularies and
each D-Bus member stands in a page org.lwm2m.*(5); for each MESSAGE_ID see journal.py. In dbus/*.xml a
comment stands above each member, or above the first of several properties, and speaks of each of its
arguments, unless that of the whole interface does. README lists each man page, once."""
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def constants(text, enumeration):
    """The constants of a C enum, without their prefix; "none" and the maximum left out."""
    body = re.search(r'typedef enum %s \{(.*?)\}' % enumeration, text, re.S).group(1)
    names = re.findall(r'^\s*([A-Z]\w+)', body, re.M)
    prefix = len({'FailureName': 'FAILURE_', 'Status': 'STATUS_', 'SubStatus': 'SUB_STATUS_',
                  'ServerState': 'SERVER_'}[enumeration])
    return [name[prefix:] for name in names if not name.endswith('_NONE')]


def vocabulary(root):
    failure = (root / 'include/lwm2m/failure.h').read_text()
    status = (root / 'include/client/status.h').read_text()
    yield from (''.join(map(str.title, name.split('_'))) for name in constants(failure, 'FailureName'))
    for enumeration in ('Status', 'SubStatus', 'ServerState'):
        yield from (name.lower().replace('_', '-') for name in constants(status, enumeration))


def members(root):
    for file in sorted((root / 'dbus').glob('*.xml')):
        for interface in ElementTree.parse(file).getroot().iter('interface'):
            yield interface.get('name')
            # The page writes "(+Monotonic)" for the second of a pair.
            yield from (re.sub('Monotonic$', '', member.get('name')) for member in interface)


def unannotated(path):
    """Members and arguments of an interface that no comment is about."""
    builder = ElementTree.TreeBuilder(insert_comments=True)
    tree = ElementTree.parse(path, ElementTree.XMLParser(target=builder)).getroot()
    whole = ' '.join(child.text for child in tree if child.tag is ElementTree.Comment)
    for interface in tree.iter('interface'):
        comment, before = '', None
        for child in interface:
            if child.tag is ElementTree.Comment:
                comment, before = child.text, None
                continue
            if child.tag == 'annotation':
                continue
            if before is not None and not (child.tag == before == 'property'):
                comment = ''
            if not comment:
                yield child.get('name')
            said = set(re.findall(r'\w+', comment + whole))
            yield from (f'{child.get("name")}: {argument.get("name")}' for argument in child.findall('arg')
                        if argument.get('name') not in said)
            before = child.tag


def main():
    root = Path(sys.argv[1])
    page = ' '.join(path.read_text() for path in sorted((root / 'man').glob('org.lwm2m.*.5.rst')))
    # reST joins "(t, +Monotonic)" and "**word**" to words without a blank between.
    words = set(re.findall(r'[A-Za-z0-9][\w.-]*\w|\w', page))
    complaints = [f'no page org.lwm2m.*(5) explains {word}'
                  for word in dict.fromkeys([*vocabulary(root), *members(root)]) if word not in words]

    complaints += [f'{path.name}: no comment is about {what}'
                   for path in sorted((root / 'dbus').glob('*.xml')) for what in unannotated(path)]

    pages = sorted(re.sub(r'\.(\d)\.rst$', r'(\1)', path.name) for path in (root / 'man').glob('*.rst'))
    listed = re.findall(r'^\| `([\w.-]+\(\d\))` \|', (root / 'README.md').read_text(), re.M)
    if sorted(listed) != pages:
        complaints.append(f'README lists {sorted(listed)}, the man pages are {pages}')
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
