#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""registry.py DUMP_OBJECTS FOLDER: the object tables say what the object definitions of the OMA registry
(XML files in FOLDER) say: every Resource of every version, and no other. Exit 77 without a FOLDER.

registry.py --self-test: the comparison sees each kind of difference.
"""
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

FIELDS = ('name', 'type', 'multiple', 'mandatory', 'operations')


def words(element, tag):
    return ' '.join((element.findtext(tag) or '').split())


def read_registry(folder):
    """{(object, object version): (name, multiple, {resource: its fields})} of all definitions."""
    found = {}
    for path in sorted(folder.glob('*.xml')):
        for item in ElementTree.parse(path).getroot().findall('Object'):
            # The first definitions carry no version: theirs is 1.0.
            key = int(words(item, 'ObjectID')), words(item, 'ObjectVersion') or '1.0'
            resources = {int(resource.get('ID')): {
                'name': words(resource, 'Name'),
                'type': words(resource, 'Type'),
                'multiple': words(resource, 'MultipleInstances') == 'Multiple',
                'mandatory': words(resource, 'Mandatory') == 'Mandatory',
                'operations': words(resource, 'Operations'),
            } for resource in item.iter('Item')}
            found[key] = words(item, 'Name'), words(item, 'MultipleInstances') == 'Multiple', resources
    return found


def read_tables(lines):
    """The same of dump_objects' output."""
    found = {}
    for entry in map(json.loads, lines):
        key = entry['object'], entry['version']
        if 'resource' in entry:
            fields = {field: entry[field] for field in FIELDS}
            # One definition has two blanks in a name.
            fields['name'] = ' '.join(fields['name'].split())
            found[key][2][entry['resource']] = fields
        elif key not in found:
            found[key] = entry['name'], entry['multiple'], {}
    return found


def find(registry, number, version):
    """The definition and whether it is that of a later minor version: a folder need not have those between,
    and a later one only adds Resources."""
    if (number, version) in registry:
        return registry[number, version], False
    major, minor = map(int, version.split('.'))
    later = [(int(other.split('.')[1]), other) for known, other in registry
             if known == number and int(other.split('.')[0]) == major and int(other.split('.')[1]) > minor]
    return (registry[number, min(later)[1]], True) if later else (None, False)


def compare(tables, registry):
    """One complaint for each difference in the Objects of the tables."""
    for (number, version), (name, multiple, resources) in sorted(tables.items()):
        where = f'/{number} version {version}'
        found, later = find(registry, number, version)
        if not found:
            yield f'{where}: not in the registry'
            continue
        other_name, other_multiple, other_resources = found
        if (name.lower(), multiple) != (other_name.lower(), other_multiple):
            yield f'{where}: {name}, multiple {multiple}; registry {other_name}, multiple {other_multiple}'
        for resource in sorted(resources.keys() | other_resources.keys()):
            if resource not in resources and later:
                continue
            if resource not in resources:
                yield f'{where}: Resource {resource} ({other_resources[resource]["name"]}) is missing'
            elif resource not in other_resources:
                yield f'{where}: Resource {resource} is not in the registry'
            else:
                for field in FIELDS:
                    ours, theirs = resources[resource][field], other_resources[resource][field]
                    if ours != theirs:
                        yield f'{where}/{resource}: {field} is {ours!r}, registry {theirs!r}'


def self_test():
    resource = {'name': 'A', 'type': 'String', 'multiple': False, 'mandatory': True, 'operations': 'R'}
    good = {(1, '1.0'): ('Server', True, {0: resource})}
    broken = [{(1, '1.1'): good[1, '1.0']}, {(1, '1.0'): ('Server', False, {0: resource})},
              {(1, '1.0'): ('Server', True, {})}, {(1, '1.0'): ('Server', True, {0: resource, 1: resource})}]
    broken += [{(1, '1.0'): ('Server', True, {0: dict(resource, **{field: 'x'})})} for field in FIELDS]
    # 1.1 is not there, and has what 1.0 and 1.2 have; not what neither has.
    between = {(1, '1.0'): good[1, '1.0'], (1, '1.2'): ('Server', True, {0: resource, 1: resource})}
    wrong = {(1, '1.1'): ('Server', True, {0: resource, 2: resource})}
    return 0 if not list(compare(good, good)) and all(list(compare(b, good)) for b in broken) \
        and not list(compare({(1, '1.1'): good[1, '1.0']}, between)) and list(compare(wrong, between)) \
        and list(compare({(1, '2.1'): good[1, '1.0']}, between)) else 1


def main():
    if sys.argv[1:] == ['--self-test']:
        return self_test()
    if not sys.argv[2]:
        print('option oma-registry-dir is empty')
        return 77
    shown = subprocess.run([sys.argv[1]], capture_output=True, text=True, check=True, timeout=60)
    tables, registry = read_tables(shown.stdout.splitlines()), read_registry(Path(sys.argv[2]))
    complaints = list(compare(tables, registry))
    if not tables or not registry:
        complaints.append(f'{len(tables)} tables, {len(registry)} definitions: nothing to compare')
    print('\n'.join(complaints))
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
