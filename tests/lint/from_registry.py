#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""from_registry.py FROM_REGISTRY DUMP_OBJECTS: what from-registry.py makes of XML as people have it: each
spelling of the versions of the DDF, each kind of range, and the sentence for each mistake. The daemon reads
what comes of it."""
import subprocess
import sys
import tempfile
from pathlib import Path

ITEM = '<Item ID="{id}"><Name>{name}</Name><Operations>{operations}</Operations>' \
       '<MultipleInstances>{multiple}</MultipleInstances><Mandatory>{mandatory}</Mandatory>' \
       '<Type>{type}</Type><RangeEnumeration>{range}</RangeEnumeration><Units>Cel</Units>' \
       '<Description>{description}</Description></Item>'
RESOURCE = {'id': 1, 'name': 'Value', 'operations': 'R', 'multiple': 'Single', 'mandatory': 'Optional',
            'type': 'Integer', 'range': '', 'description': ''}


def item(**fields):
    return ITEM.format(**{**RESOURCE, **fields})


def ddf(*items, number='40000', version='<ObjectVersion>1.0</ObjectVersion>', multiple='Multiple',
        name='Thing', root='LWM2M xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'):
    story = f'<![CDATA[{"A long story. " * 500}]]>'
    return '<?xml version="1.0" encoding="utf-8"?><!-- Licence -->' \
        f'<{root}><Object ObjectType="MODefinition"><Name>{name}</Name>' \
        f'<Description1>{story}</Description1><ObjectID>{number}</ObjectID>' \
        f'<ObjectURN>urn:oma:lwm2m:x:{number}</ObjectURN>{version}' \
        f'<MultipleInstances>{multiple}</MultipleInstances><Mandatory>Optional</Mandatory>' \
        f'<Resources><!-- all -->{"".join(items)}</Resources><Description2/></Object></{root.split()[0]}>'


# (fields of the Item, the line of the definition behind "1: ")
LINES = [
    ({}, '{name: Value, operations: R, type: integer}'),
    ({'operations': 'RW', 'type': 'Float', 'multiple': 'Multiple', 'mandatory': 'Mandatory'},
     '{name: Value, operations: RW, type: float, mandatory: true, multiple: true}'),
    ({'operations': 'R/W', 'type': 'STRING'}, '{name: Value, operations: RW, type: string}'),
    ({'operations': 'W R', 'type': 'Opaque'}, '{name: Value, operations: RW, type: opaque}'),
    ({'operations': 'w', 'type': 'Boolean'}, '{name: Value, operations: W, type: boolean}'),
    ({'operations': 'E', 'type': ''}, '{name: Value, operations: E}'),
    ({'operations': 'E', 'type': 'String', 'range': '0..5'}, '{name: Value, operations: E}'),
    ({'operations': '', 'type': 'Objlnk'}, '{name: Value, operations: none, type: objlnk}'),
    ({'type': 'Corelnk'}, '{name: Value, operations: R, type: corelnk}'),
    ({'type': 'Unsigned Integer'}, '{name: Value, operations: R, type: unsigned}'),
    ({'type': 'unsigned\n integer'}, '{name: Value, operations: R, type: unsigned}'),
    ({'type': 'Time'}, '{name: Value, operations: R, type: time}'),
    ({'name': '  Of two \n lines '}, '{name: Of two lines, operations: R, type: integer}'),
    ({'name': 'A: b, {c} "d" # e'}, '{name: "A: b, {c} \\"d\\" # e", operations: R, type: integer}'),
    ({'name': 'On'}, '{name: "On", operations: R, type: integer}'),
    ({'name': '5 GHz'}, '{name: "5 GHz", operations: R, type: integer}'),
    ({'name': 'Grüße'}, '{name: "Grüße", operations: R, type: integer}'),
    ({'description': 'x' * 100000}, '{name: Value, operations: R, type: integer}'),
    ({'mandatory': 'OPTIONAL', 'multiple': 'single'}, '{name: Value, operations: R, type: integer}'),
]

# (type, RangeEnumeration, range of the definition or None)
RANGES = [
    ('Integer', '0-100', '[0, 100]'), ('Integer', '0..255', '[0, 255]'),
    ('Integer', '-50..150', '[-50, 150]'), ('Integer', '-50-150', '[-50, 150]'),
    ('Integer', '-50--10', '[-50, -10]'), ('Integer', '0...5', '[0, 5]'),
    ('Integer', '0 - 5', '[0, 5]'), ('Integer', '0 to 5', '[0, 5]'), ('Integer', '0–5', '[0, 5]'),
    ('Integer', '1,2', '[1, 2]'), ('Integer', '16, 32, 48', '[16, 48]'), ('Integer', '0..3,15', '[0, 15]'),
    ('Integer', '[0, 5]', '[0, 5]'), ('Integer', '0..100%', '[0, 100]'),
    ('Integer', '0x00..0xFF', '[0, 255]'), ('Integer', '0: off\n\t1: on\n\t255: broken', '[0, 255]'),
    ('Integer', '0..5;7', '[0, 7]'), ('Unsigned Integer', '0..18446744073709551615',
                                      '[0, 18446744073709551615]'),
    ('Integer', '-9223372036854775808..9223372036854775807',
     '[-9223372036854775808, 9223372036854775807]'),
    ('Float', '-1..1', '[-1, 1]'), ('Float', '0.0..1.0', '[0, 1]'), ('Float', '-0.5 .. 1.5', '[-0.5, 1.5]'),
    ('Float', '0.000001..1.0', '[1e-06, 1]'), ('Float', '1e-3..1E3', '[0.001, 1000]'),
    ('Time', '0..4294967295', '[0, 4294967295]'),
    # What says nothing of a number's range lets every value pass.
    ('Integer', '', None), ('Integer', '7', None), ('Integer', '2 bytes', None), ('Integer', '16-bit', None),
    ('Integer', '8-bit mask', None), ('Integer', '0..', None), ('Integer', '>= 0', None),
    ('Integer', 'see Table 5', None), ('Integer', '5..0', None), ('Integer', '0.5..1.5', None),
    ('Integer', '0..9223372036854775808', None), ('Unsigned Integer', '-1..5', None),
    ('Unsigned Integer', '0..18446744073709551616', None), ('Float', '0..1e999', None),
    ('String', '0..255', None), ('String', '0-255 bytes', None), ('Opaque', '6 bytes', None),
    ('Boolean', '0..65535', None), ('Objlnk', '0..5', None),
]

# (XML, what is said behind the file's name)
MISTAKES = [
    ('', 'no XML: no element found'), ('<LWM2M>', 'no XML: no element found'),
    ('[object]', 'no XML: syntax error'), ('<a>\udcff</a>', 'no XML: not well-formed'),
    ('<LWM2M/>', 'defines no Object: there is no element Object below the root'),
    (ddf(number=''), "ObjectID is '', not a number from 0 to 65534"),
    (ddf(number='65535'), "ObjectID is '65535', not a number from 0 to 65534"),
    (ddf(number='-5'), "ObjectID is '-5', not a number from 0 to 65534"),
    (ddf(name=' '), 'Object 40000 has no Name'),
    (ddf(version='<ObjectVersion>one</ObjectVersion>'),
     "Object 40000: ObjectVersion is 'one', not two numbers as in 1.0"),
    (ddf(multiple='Many'), "Object 40000: MultipleInstances is 'Many', not one of single, multiple"),
    (ddf(item(id='x')), "the ID of an Item of Object 40000 is 'x', not a number from 0 to 65534"),
    (ddf(item(id='')), "the ID of an Item of Object 40000 is '', not a number from 0 to 65534"),
    (ddf(item(), item()), 'Object 40000 has Resource 1 twice'),
    (ddf(item(name='')), 'Object 40000, Resource 1 has no Name'),
    (ddf(item(operations='RX')),
     "Object 40000, Resource 1: Operations is 'RX', not one of R, W, RW, E"),
    (ddf(item(type='')), 'Object 40000, Resource 1 has no Type'),
    (ddf(item(type='Number')), "Object 40000, Resource 1: Type is 'Number'"),
    (ddf(item(mandatory='')),
     "Object 40000, Resource 1: Mandatory is '', not one of optional, mandatory"),
    (ddf(*(item(id=number) for number in range(257))), 'Object 40000 has 257 Resources, more than 256'),
]


class Run:
    """One run in a folder of its own."""

    def __init__(self, script, exe, *texts):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            files = [folder / f'{number}.xml' for number in range(len(texts))]
            for file, text in zip(files, texts):
                file.write_bytes(text.encode('utf-8', 'surrogateescape') if isinstance(text, str) else text)
            run = subprocess.run([sys.executable, script, '--output', folder, *files], capture_output=True,
                                 text=True, check=False, timeout=60)
            self.status = run.returncode
            self.errors = run.stderr.replace(f'{folder}/', '')
            self.made = {int(path.stem): path.read_text() for path in folder.glob('*.yaml')}
            read = subprocess.run([exe, folder, *map(str, self.made)], capture_output=True, text=True,
                                  check=False, timeout=60)
            self.complaint = f'the daemon: {read.stderr}' if self.made and read.returncode else ''

    def line(self, number=40000, resource=1):
        start = f'  {resource}: '
        found = [line for line in self.made.get(number, '').splitlines() if line.startswith(start)]
        return found[0][len(start):] if found else self.errors


def check_lines(script, exe):
    run = Run(script, exe, ddf(*(item(id=number, **fields) for number, (fields, _) in enumerate(LINES))))
    yield from filter(None, (run.complaint, run.errors))
    for number, (fields, wanted) in enumerate(LINES):
        if run.line(resource=number) != wanted:
            yield f'{fields}: {run.line(resource=number)}, not {wanted}'


def check_ranges(script, exe):
    items = [item(id=number, type=row[0], range=row[1].replace('>', '&gt;'))
             for number, row in enumerate(RANGES)]
    run = Run(script, exe, ddf(*items))
    if run.complaint:
        yield run.complaint
    for number, (type_, text, wanted) in enumerate(RANGES):
        line = run.line(resource=number)
        found = line.partition('range: ')[2].rstrip('}') or None
        if found != wanted:
            yield f'{type_} {text!r}: {found}, not {wanted}'


def check_mistakes(script, exe):
    good = ddf(item(), number=40001)
    for text, wanted in MISTAKES:
        run = Run(script, exe, text, good)
        alone = run.errors.startswith(f'0.xml: {wanted}') and run.errors.count('\n') == 1
        if run.status != 1 or not alone:
            yield f'{text[:80]}: status {run.status}, {run.errors!r}, not {wanted!r}'
        if list(run.made) != [40001]:
            yield f'{text[:80]}: made {list(run.made)}, beside a good file'


def check_versions(script, exe):
    for version, wanted in (('', '1.0'), ('<ObjectVersion>2.1</ObjectVersion>', '2.1'),
                            ('<ObjectVersion> 1 </ObjectVersion>', '1.0'),
                            ('<LWM2MVersion>1.2</LWM2MVersion><ObjectVersion>1.10</ObjectVersion>', '1.10')):
        run = Run(script, exe, ddf(item(), version=version))
        if f'version: "{wanted}"\n' not in run.made.get(40000, '') or run.complaint:
            yield f'{version!r}: {run.made} {run.errors} {run.complaint}'
    older, newer = (ddf(item(name=name), version=f'<ObjectVersion>{version}</ObjectVersion>')
                    for name, version in (('Older', '1.9'), ('Newer', '1.10')))
    for texts in (older, newer), (newer, older):
        if 'Newer' not in Run(script, exe, *texts).line():
            yield 'the greatest version does not win'


def check_shapes(script, exe):
    """Several Objects in a file, none around one, a namespace, encodings, Objects of the client."""
    both = ddf(item()).replace('</Object>', '</Object>' + ddf(number=40001)[ddf(number=40001).index(
        '<Object '):-len('</LWM2M>')])
    bare = ddf(item(id='2'), item(id='1'))
    for what, text in (('two Objects', both),
                       ('no root', bare[bare.index('<Object '):-len('</LWM2M>')]),
                       ('a namespace', ddf(item(), root='LWM2M xmlns="urn:x"')),
                       ('a byte order mark', '\ufeff' + ddf(item())),
                       ('UTF-16', ddf(item()).replace('utf-8', 'utf-16').encode('utf-16')),
                       ('CRLF', ddf(item()).replace('><', '>\r\n<'))):
        run = Run(script, exe, text)
        if run.status != 0 or 40000 not in run.made or run.complaint or run.errors:
            yield f'{what}: status {run.status}, {list(run.made)}, {run.errors} {run.complaint}'
    for number in 0, 1, 2, 3, 21:
        run = Run(script, exe, ddf(item(), number=number))
        if run.status != 0 or run.made or f'Object {number} is in the client itself' not in run.errors:
            yield f'Object {number}: status {run.status}, {list(run.made)}, {run.errors}'


def check_words(script):
    for words, status, wanted in (([], 2, 'usage:'), (['/no/such/file.xml'], 1, 'No such file'),
                                  (['--help'], 0, '')):
        run = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False,
                             timeout=60)
        if run.returncode != status or wanted not in run.stderr:
            yield f'{words}: status {run.returncode}, {run.stderr!r}'


def main():
    script, exe = sys.argv[1:]
    complaints = [*check_lines(script, exe), *check_ranges(script, exe), *check_mistakes(script, exe),
                  *check_versions(script, exe), *check_shapes(script, exe), *check_words(script)]
    print('\n'.join(complaints))
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
