#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Folder = layer: no include line points upward, external headers stay where they belong, include/ mirrors
src/, and inside a layer no include lines make a circle.

layers.py ROOT         check the tree
layers.py --self-test  check that each kind of violation is found
"""
import re
import sys
import tempfile
from pathlib import Path

# Layer -> the layers below it that it may include (itself always).
LAYERS = {
    'util': set(),
    'lwm2m': {'util'},
    'codec': {'lwm2m', 'util'},
    'model': {'lwm2m', 'util'},
    'operation': {'codec', 'model', 'lwm2m', 'util'},
    'coap': {'lwm2m', 'util'},
    'client': {'coap', 'operation', 'model', 'lwm2m', 'util'},
    'bus': {'client', 'model', 'lwm2m', 'util'},
    'daemon': {'bus', 'client', 'coap', 'operation', 'codec', 'model', 'lwm2m', 'util'},
    'ctl': {'util'},
    'script': {'util'},
}
# Single headers across the table.
EXTRA = {'ctl': {'bus/names.h'}}

# The pure layers: bytes and structs in, bytes and structs out.
PURE = {'lwm2m', 'codec', 'model', 'operation'}
IMPURE = re.compile(r'^(util/(log|clock|file|thread)\.h|poll\.h|netdb\.h|signal\.h|pthread\.h|syslog\.h'
                    r'|sys/(socket|time|timerfd|epoll|un)\.h|net/.*)$')
IMPURE_CALL = re.compile(r'(?<![\w.>])(time|gettimeofday|clock_gettime)\s*\(')

# External header -> library; whatever is not named here must be libc's.
LIBRARIES = [
    (re.compile(r'^systemd/sd-(journal|daemon|event|bus|id128)\.h$'), None),
    (re.compile(r'^coap3?/'), 'libcoap'),
    (re.compile(r'^openssl/'), 'openssl'),
    (re.compile(r'^cbor(\.h$|/)'), 'libcbor'),
    (re.compile(r'^jansson\.h$'), 'jansson'),
    (re.compile(r'^yaml\.h$'), 'libyaml'),
    (re.compile(r'^curl/'), 'libcurl'),
]
# Layer or file -> the libraries it may use.
ALLOWED = {
    'util/log.c': {'sd-journal'},
    'util/crypto.c': {'openssl'},
    'util/certificate.c': {'openssl'},
    'util/certificate_facts.c': {'openssl'},
    'codec/cbor.c': {'libcbor'},
    'codec/senml_json.c': {'jansson'},
    'coap': {'libcoap', 'openssl', 'sd-event'},
    'client': {'sd-event'},
    'bus': {'sd-bus', 'sd-event'},
    'daemon': {'libyaml', 'sd-daemon', 'sd-event', 'sd-id128'},
    'daemon/http_library.h': {'libcurl'},
    'ctl': {'sd-bus', 'sd-event'},
    'script': {'sd-bus', 'sd-daemon', 'sd-event'},
}
LIBC_FOLDERS = re.compile(r'^(sys|net|netinet|arpa|linux)/\w+\.h$')
LIBC = {f'{name}.h' for name in '''
    assert ctype dirent dlfcn endian errno fcntl fenv float getopt glob grp ifaddrs inttypes langinfo limits
    locale malloc math netdb poll pthread pwd sched semaphore setjmp signal stdalign stdarg stdatomic
    stdbool stddef stdint stdio stdio_ext stdlib stdnoreturn string strings sysexits syslog termios time
    uchar unistd wchar wctype
'''.split()}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# A declaration that needs a definition in a .c file.
PROTOTYPE = re.compile(r'^(extern\b|(?!static\b|typedef\b|else\b)[a-z_][\w\s*]*[\s*][a-z_]\w*\s*\()')


def library(header):
    """The external library a <header> belongs to, '' for libc, None for an unknown one."""
    for pattern, name in LIBRARIES:
        match = pattern.match(header)
        if match:
            return name or 'sd-' + match.group(1)
    return '' if header in LIBC or LIBC_FOLDERS.match(header) else None


def check_include(root, layer, name, quote, header):
    """The complaint about one include line, or None."""
    if quote == '"':
        if header == 'config.h':
            return None
        target = header.split('/')[0]
        if target not in LAYERS or header.count('/') != 1:
            return f'"{header}" is not of the form "layer/file.h"'
        if not (root / 'include' / header).is_file():
            return f'"{header}" does not exist below include/'
        if target != layer and target not in LAYERS[layer] and header not in EXTRA.get(layer, ()):
            return f'layer {layer} may not include "{header}"'
    else:
        used = library(header)
        if used is None:
            return f'<{header}> belongs to no library of the table'
        if used and used not in ALLOWED.get(name, set()) | ALLOWED.get(layer, set()):
            return f'{name} may not include <{header}> ({used})'
    if layer in PURE and IMPURE.match(header):
        return f'layer {layer} is pure, {header} is not'
    return None


def check_mirror(root):
    """include/<layer>/x.h <-> src/<layer>/x.c, but for main and headers that only hold macros and tables."""
    for source in sorted((root / 'src').glob('*/*.c')):
        name = source.relative_to(root / 'src').with_suffix('.h')
        program = re.search(r'^int main\(', source.read_text(), re.M)
        if not program and not (root / 'include' / name).is_file():
            yield f'src/{name.with_suffix(".c")}: include/{name} is missing'
    for header in sorted((root / 'include').glob('*/*.h')):
        name = header.relative_to(root / 'include').with_suffix('.c')
        if (root / 'src' / name).is_file():
            continue
        for number, line in enumerate(header.read_text().splitlines(), 1):
            if PROTOTYPE.match(line):
                yield f'include/{name.with_suffix(".h")}:{number}: declares, but src/{name} is missing'
                break


def read_modules(root, layer):
    """{module: the modules of its layer that its header and source include}; a module is x.h and x.c."""
    modules = {}
    for path in [*(root / 'include' / layer).glob('*.h'), *(root / 'src' / layer).glob('*.c')]:
        found = (INCLUDE.match(line) for line in path.read_text().splitlines())
        others = {Path(match[2]) for match in found if match and match[1] == '"'}
        modules.setdefault(path.stem, set()).update(
            other.stem for other in others if other.parent.name == layer and other.stem != path.stem)
    return modules


def find_circle(modules):
    """The modules of one circle in order, or None."""
    done = set()

    def walk(module, way):
        if module in way:
            return way[way.index(module):]
        if module not in done:
            done.add(module)
            for other in sorted(modules.get(module, ())):
                circle = walk(other, way + [module])
                if circle:
                    return circle
        return None

    return next(filter(None, (walk(module, []) for module in sorted(modules))), None)


def check_circles(root):
    for layer in sorted(LAYERS):
        circle = find_circle(read_modules(root, layer))
        if circle:
            yield f'include/{layer}/{circle[0]}.h: a circle: {" -> ".join([*circle, circle[0]])}'


def check(root):
    """All complaints about a tree, one string each."""
    complaints = []
    for folder in ('include', 'src'):
        for path in sorted((root / folder).rglob('*.[ch]')):
            name = path.relative_to(root / folder)
            if len(name.parts) != 2 or name.parts[0] not in LAYERS:
                complaints.append(f'{folder}/{name}: not in a layer\'s folder')
                continue
            if path.suffix != {'include': '.h', 'src': '.c'}[folder]:
                complaints.append(f'{folder}/{name}: headers live in include/, sources in src/')
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                complaint = match and check_include(root, name.parts[0], str(name), *match.groups())
                if name.parts[0] in PURE and path.suffix == '.c' and IMPURE_CALL.search(line):
                    complaint = f'layer {name.parts[0]} is pure and asks no clock'
                if complaint:
                    complaints.append(f'{folder}/{name}:{number}: {complaint}')
    return complaints + list(check_mirror(root)) + list(check_circles(root))


# Files of a broken tree, and a word of the complaint that each must cause (None: none).
BROKEN = [
    ('include/util/good.h', '#include <stdint.h>\nint good(void);\n', None),
    ('src/util/good.c', '#include "util/good.h"\n#include "config.h"\n', None),
    ('include/util/macros.h', '#define X 1\ntypedef int (*fn)(int);\nstatic inline int f(void) {\n', None),
    ('include/bus/names.h', '#define NAME "x"\n', None),
    ('src/daemon/main.c', '#include <yaml.h>\nint main(int argc, char *argv[]) {\n', None),
    ('src/ctl/main.c', '#include "bus/names.h"\nint main(int argc, char *argv[]) {\n', None),
    ('src/util/log.c', '#include <systemd/sd-journal.h>\n', 'include/util/log.h is missing'),
    ('include/util/up.h', '#include "lwm2m/path.h"\n', 'layer util may not include'),
    ('include/lwm2m/path.h', '', None),
    ('include/lwm2m/orphan.h', 'int orphan(int a);\n', 'src/lwm2m/orphan.c is missing'),
    ('include/model/object.h', '', None),
    ('include/codec/side.h', '#include "model/object.h"\n', 'layer codec may not include'),
    ('include/codec/lib.h', '#include <cbor.h>\n', '(libcbor)'),
    ('include/codec/dark.h', '#include <zlib.h>\n', 'no library of the table'),
    ('include/model/wait.h', '#include <poll.h>\n', 'is pure'),
    ('src/model/object.c', 'static long f(void) {\n        return time(NULL);\n', 'asks no clock'),
    ('include/codec/date.h', '#include <time.h>\n', None),
    ('include/client/coap.h', '#include <coap3/coap.h>\n', '(libcoap)'),
    ('include/bus/flat.h', '#include "names.h"\n', 'not of the form'),
    ('include/ctl/client.h', '#include "client/coap.h"\n', 'layer ctl may not include'),
    ('include/daemon/lost.h', '#include "client/lost.h"\n', 'does not exist'),
    ('include/extra/x.h', '', 'not in a layer'),
    ('src/bus/private.h', '', 'headers live in include/'),
    ('include/operation/a.h', '#include "operation/b.h"\n', 'a circle: a -> b -> c -> a'),
    ('include/operation/b.h', 'int b(void);\n', None),
    ('src/operation/b.c', '#include "operation/b.h"\n#include "operation/c.h"\n', None),
    ('include/operation/c.h', '#include "operation/a.h"\n', None),
    ('include/operation/d.h', '#include "operation/c.h"\n', None),
]


def self_test():
    """Each violation is found, and nothing but the violations."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text, _ in BROKEN:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        complaints = check(root)
    failed = 0
    for name, _, word in BROKEN:
        found = [c for c in complaints if c.split(':')[0] == name]
        if (word is None) != (not found) or (word and not any(word in c for c in found)):
            print(f'{name}: expected {word}, got {found}')
            failed += 1
    return failed


def main():
    if sys.argv[1:] == ['--self-test']:
        return 1 if self_test() else 0
    complaints = check(Path(sys.argv[1]))
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
