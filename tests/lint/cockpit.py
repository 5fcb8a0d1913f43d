#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cockpit.py FOLDER DUMP_OBJECTS: the page in Cockpit is what its files promise each other.

What comes from the bus is never markup, nothing is within the HTML that Cockpit's Content-Security-Policy
would keep from working, each element that the script looks for is there, and the names of the client's own
Objects are those of its tables.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

MARKUP = re.compile(r'\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc)')
INLINE = re.compile(r'<style\b|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:|https?://')
OWN_NAMES = re.compile(r'const OWN_NAMES = (\{.*?\n\});', re.DOTALL)


def own_names(script):
    """The table of the script: Object ID -> its name and those of its Resources."""
    text = re.sub(r'(\d+): \[', r'"\1": [', OWN_NAMES.search(script)[1])
    return {int(key): names for key, names in json.loads(re.sub(r',(\s*\})', r'\1', text)).items()}


def tables(dump_objects):
    """The same of the client, in its last version."""
    names = {}
    shown = subprocess.run([dump_objects], check=True, capture_output=True, text=True)
    for line in shown.stdout.splitlines():
        row = json.loads(line)
        names.setdefault(row['object'], {})[row.get('resource', -1)] = row['name']
    return {key: [rows.get(number, '') for number in range(-1, max(rows) + 1)]
            for key, rows in names.items()}


def complaints(folder, dump_objects):
    page = (folder / 'index.html').read_text()
    script = ''.join(file.read_text() for file in sorted(folder.glob('*.js')))
    json.loads((folder / 'manifest.json').read_text())
    yield from (f'script: {found}' for found in MARKUP.findall(script))
    yield from (f'index.html: {found.strip()}' for found in INLINE.findall(page))
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    looked_for = set(re.findall(r'\bfind\("([^"]+)"\)', script))
    yield from (f'a script looks for #{name}' for name in sorted(looked_for - ids))
    theirs = tables(dump_objects)
    for number, names in own_names(script).items():
        if names != theirs.get(number):
            yield f'lwm2m.js, Object {number}: {names}\nthe client: {theirs.get(number)}'


def main():
    found = list(complaints(Path(sys.argv[1]), sys.argv[2]))
    print('\n'.join(found))
    return 1 if found else 0


sys.exit(main())
