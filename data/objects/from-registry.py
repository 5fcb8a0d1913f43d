#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes definitions of Objects for lwm2m-clientd of XML files (DDF), those of OMA's registry or your own.

Each Object of each file becomes OUTPUT/<object>.yaml, see lwm2m-client.yaml(5). Where several files define
an Object, the one of the greatest version counts. Ends with 1 when something is wrong with a file; the other
files' definitions are written all the same.
"""
import argparse
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ID_MAX = 65534
RESOURCES_MAX = 256
NAME_MAX = 255  # bytes
# They are in the client itself, in every version.
OWN_OBJECTS = {0, 1, 2, 3, 21}

TYPES = {
    'string': 'string', 'integer': 'integer', 'int': 'integer', 'unsignedinteger': 'unsigned',
    'unsigned': 'unsigned', 'float': 'float', 'double': 'float', 'boolean': 'boolean', 'bool': 'boolean',
    'opaque': 'opaque', 'time': 'time', 'objlnk': 'objlnk', 'objectlink': 'objlnk', 'corelnk': 'corelnk',
    'corelink': 'corelnk',
}
WHOLE_TYPES = {'integer': (-2**63, 2**63 - 1), 'unsigned': (0, 2**64 - 1), 'time': (-2**63, 2**63 - 1)}

NUMBER = r'-?(?:0[xX][0-9A-Fa-f]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)'
# "0..255", "0...5", "-50 - 150", "0 to 100": what stands between two bounds. "[0, 1]" is two values.
BOUNDS = re.compile(rf'({NUMBER})\s*(?:\.{{2,3}}|[-\u2013\u2014\u2026~]|to)\s*({NUMBER})')
VALUE = re.compile(NUMBER)
# "0: off", a line for each value.
MEANING = re.compile(rf'({NUMBER})\s*[:=]\s*\S.*')
PLAIN = re.compile(r'[A-Za-z][A-Za-z0-9 ()/.+_-]*')


class Wrong(Exception):
    """What is wrong with a file."""


def local_name(element):
    return element.tag.rpartition('}')[2] if isinstance(element.tag, str) else ''


def children(element, name):
    return [child for child in element if local_name(child).lower() == name.lower()]


def words(element, name):
    """The text of a child on one line; "" where there is none."""
    found = children(element, name)
    return ' '.join(''.join(found[0].itertext()).split()) if found else ''


def read_id(text, what):
    if not re.fullmatch(r'[0-9]+', text) or int(text) > ID_MAX:
        raise Wrong(f'{what} is {text!r}, not a number from 0 to {ID_MAX}')
    return int(text)


def read_name(text, what):
    name = ''.join(c if c.isprintable() else ' ' for c in text)
    name = ' '.join(name.split()).encode()[:NAME_MAX].decode(errors='ignore')
    if not name:
        raise Wrong(f'{what} has no Name')
    return name


def read_word(element, name, meanings, what):
    text = words(element, name)
    if text.lower() not in meanings:
        raise Wrong(f'{what}: {name} is {text!r}, not one of {", ".join(filter(None, meanings))}')
    return meanings[text.lower()]


def read_multiple(element, what):
    return read_word(element, 'MultipleInstances', {'single': False, 'multiple': True}, what)


def read_mandatory(element, what):
    return read_word(element, 'Mandatory', {'optional': False, 'mandatory': True}, what)


def read_version(element, what):
    # The first definitions carry no version: theirs is 1.0.
    text = words(element, 'ObjectVersion') or '1.0'
    found = re.fullmatch(r'([0-9]+)(?:\.([0-9]+))?', text)
    if not found or max(int(part or 0) for part in found.groups()) > ID_MAX:
        raise Wrong(f'{what}: ObjectVersion is {text!r}, not two numbers as in 1.0')
    return int(found[1]), int(found[2] or 0)


def read_operations(item, what):
    letters = set(re.sub(r'[\s,/|;]', '', words(item, 'Operations')).upper())
    for operations in ('R', 'W', 'RW', 'E'):
        if letters == set(operations):
            return operations
    if letters:
        raise Wrong(f'{what}: Operations is {words(item, "Operations")!r}, not one of R, W, RW, E')
    return 'none'


def read_type(item, what):
    text = words(item, 'Type')
    found = TYPES.get(re.sub(r'[\s_-]', '', text).lower())
    if not found:
        raise Wrong(f'{what}: Type is {text!r}' if text else f'{what} has no Type')
    return found


def read_number(text, type_):
    """A bound of the type, or None."""
    negative, digits = text.startswith('-'), text.lstrip('-')
    if digits[:2].lower() == '0x':
        number = int(digits, 16)
    elif re.fullmatch(r'\d+', digits):
        number = int(digits)
    else:
        number = float(digits)
    number = -number if negative else number
    if type_ == 'float':
        return number if abs(number) != float('inf') else None
    least, greatest = WHOLE_TYPES[type_]
    return number if isinstance(number, int) and least <= number <= greatest else None


def numbers_of(part):
    """The texts of the numbers of a part of a range; none where it is something else."""
    for pattern in (BOUNDS, MEANING):
        found = pattern.fullmatch(part)
        if found:
            return list(found.groups())
    return [part] if VALUE.fullmatch(part) else []


def read_range(text, type_):
    """(least, greatest) of all that a RangeEnumeration names, values and ranges: "0..255", "-50-150", "1,2",
    "0: off\\n1: on". None where it says something else ("32 bytes"), or a number alone, which may be a
    length: then every value is good."""
    if type_ != 'float' and type_ not in WHOLE_TYPES:
        return None
    text = text.strip().strip('[]()').strip()
    parts = [part.strip().rstrip('%').strip() for part in re.split(r'[\n;]', text)]
    if len(parts) == 1 and not MEANING.fullmatch(parts[0]):
        parts = [part.strip() for part in re.split(r'[,|]', parts[0])]
    numbers = []
    for part in filter(None, parts):
        bounds = [read_number(number, type_) for number in numbers_of(part)]
        if not bounds or None in bounds or bounds != sorted(bounds):
            return None
        numbers += bounds
    return (min(numbers), max(numbers)) if len(numbers) > 1 else None


def read_resource(item, where):
    number = read_id((item.get('ID') or item.get('id') or '').strip(), f'the ID of an Item of {where}')
    what = f'{where}, Resource {number}'
    resource = {'name': read_name(words(item, 'Name'), what), 'operations': read_operations(item, what)}
    if resource['operations'] != 'E':
        resource['type'] = read_type(item, what)
    for key, value in (('mandatory', read_mandatory(item, what)), ('multiple', read_multiple(item, what))):
        if value:
            resource[key] = True
    ranges = children(item, 'RangeEnumeration')
    bounds = read_range(''.join(ranges[0].itertext()), resource.get('type')) if ranges else None
    if bounds:
        resource['range'] = list(bounds)
    return number, resource


def read_object(element):
    """(number, definition)"""
    number = read_id(words(element, 'ObjectID'), 'ObjectID')
    what = f'Object {number}'
    resources = {}
    for group in children(element, 'Resources'):
        for item in children(group, 'Item'):
            key, resource = read_resource(item, what)
            if key in resources:
                raise Wrong(f'{what} has Resource {key} twice')
            resources[key] = resource
    if len(resources) > RESOURCES_MAX:
        raise Wrong(f'{what} has {len(resources)} Resources, more than {RESOURCES_MAX}')
    return number, {
        'name': read_name(words(element, 'Name'), what),
        'version': read_version(element, what),
        'multiple': read_multiple(element, what),
        'mandatory': read_mandatory(element, what),
        'resources': dict(sorted(resources.items())),
    }


def read_file(path):
    """The Objects of a file: (number, definition) each."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise Wrong(error.strerror if isinstance(error, OSError) else f'no XML: {error}') from error
    objects = [root] if local_name(root).lower() == 'object' else children(root, 'Object')
    if not objects:
        raise Wrong('defines no Object: there is no element Object below the root')
    return [read_object(element) for element in objects]


def format_number(number):
    # Without the ".0" that Python gives a float that is whole.
    return str(int(number)) if number == int(number) else repr(number)


def format_value(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, list):
        return f'[{", ".join(map(format_number, value))}]'
    words_of_yaml = ('true', 'false', 'null', 'yes', 'no', 'on', 'off')
    plain = PLAIN.fullmatch(value) and value.lower() not in words_of_yaml
    return value if plain else json.dumps(value, ensure_ascii=False)


def format_definition(number, definition, origin):
    yield f'# Made by from-registry.py of {origin}.'
    yield f'object: {number}'
    yield f'name: {format_value(definition["name"])}'
    yield 'version: "{}.{}"'.format(*definition['version'])
    yield f'multiple: {format_value(definition["multiple"])}'
    yield f'mandatory: {format_value(definition["mandatory"])}'
    yield 'resources:' if definition['resources'] else 'resources: {}'
    for key, resource in definition['resources'].items():
        fields = ', '.join(f'{name}: {format_value(value)}' for name, value in resource.items())
        yield f'  {key}: {{{fields}}}'


def read_all(paths):
    """{number: (definition, path)} and what is wrong, with what is left out, as lines."""
    found, complaints, notes = {}, [], []
    for path in paths:
        try:
            objects = read_file(path)
        except Wrong as wrong:
            complaints.append(f'{path}: {wrong}')
            continue
        for number, definition in objects:
            if number in OWN_OBJECTS:
                notes.append(f'{path}: Object {number} is in the client itself, no definition is needed')
            elif number not in found or definition['version'] > found[number][0]['version']:
                found[number] = definition, path
    return found, complaints, notes


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--output', metavar='FOLDER', type=Path, default=Path(),
                        help='where the definitions are written, by default the folder one stands in')
    parser.add_argument('files', metavar='FILE.xml', type=Path, nargs='+')
    words_given = parser.parse_args()

    found, complaints, notes = read_all(words_given.files)
    for number, (definition, path) in sorted(found.items()):
        text = '\n'.join(format_definition(number, definition, path.name)) + '\n'
        try:
            (words_given.output / f'{number}.yaml').write_text(text, encoding='utf-8')
        except OSError as error:
            complaints.append(f'{error.filename}: {error.strerror}')
    for line in notes + complaints:
        print(line, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
