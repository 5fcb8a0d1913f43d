#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""metrics.py DAEMON PAGE DASHBOARD [PROMTOOL]: lwm2m-client-metrics(7) has the names and labels of what the
daemon writes, all of them and no other; the dashboard and the page's rules ask for nothing else; and
promtool, where it is installed, has nothing to say.
"""
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIG = '''endpoint: gateway
servers:
  - {short_server_id: 1, uri: "coap://127.0.0.1:9", security_mode: nosec}
metrics_file: client.prom
firmware_update: {backend: org.example.Nobody}
'''
TIMEOUT = 30
NAME = re.compile(r'\blwm2m_client_\w+')
OF_PROMETHEUS = {'instance', 'job'}     # labels that a scrape adds


def written(daemon):
    """The text that the daemon writes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / 'config.yaml').write_text(CONFIG)
        (folder / 'config.yaml').chmod(0o600)
        (folder / 'state').mkdir()
        words = [daemon, '--no-bus', f'--config={folder}/config.yaml', f'--state-directory={folder}/state']
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
            file, end = folder / 'client.prom', time.monotonic() + TIMEOUT
            while not file.exists() and process.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            text = file.read_text() if file.exists() else ''
            process.terminate()
            errors = process.stderr.read()
        if not text:
            sys.exit(f'nothing was written:\n{errors}')
    return text


def metrics(text):
    """{name: its labels}"""
    found = {}
    for line in text.splitlines():
        if line.startswith('# TYPE'):
            found[line.split()[2]] = set()
        elif not line.startswith('#'):
            name = NAME.match(line)[0]
            found[name].update(re.findall(r'[{,](\w+)="', line))
    return found


def of_page(page):
    """The same as its last sections have it."""
    names = page.split('\nMETRICS\n=======\n')[1]
    found = {}
    for name, labels in re.findall(r'\b(lwm2m_client_\w+)(?:\{([^}]*)\})?', names):
        found[name] = set(labels.split(', ')) if labels else set()
        if name.startswith('lwm2m_client_server_'):
            found[name].add('short_server_id')
    return found


def asked(where, expression, known):
    """What is wrong with an expression of PromQL."""
    ours = re.findall(r'\b(lwm2m_client_\w+)(?:\{([^}]*)\})?', expression)
    if not ours:
        yield f'{where}: it asks for nothing of ours'
    for name, labels in ours:
        if name not in known:
            yield f'{where}: there is no {name}'
        elif extra := set(re.findall(r'(\w+)=', labels)) - known[name] - OF_PROMETHEUS:
            yield f'{where}: {name} has no label {", ".join(sorted(extra))}'
    for name in re.findall(r'\b(?:rate|increase)\((\w+)', expression):
        if not name.endswith('_total'):
            yield f'{where}: {name} is no counter'


def main():
    daemon, page_file, board_file, *promtool = sys.argv[1:]
    text, page = written(daemon), Path(page_file).read_text()
    known, documented = metrics(text), of_page(page)
    problems = [f'{name} is not in the page' for name in known.keys() - documented.keys()]
    problems += [f'{name} of the page is not written' for name in documented.keys() - known.keys()]
    problems += [f'{name}: the page has the labels {documented[name]}, there are {known[name]}'
                 for name in known.keys() & documented.keys() if known[name] != documented[name]]
    for rule in re.findall(r'^    (?!#|\$)(.*lwm2m_client_.*)$', page.split('\nMETRICS\n')[0], re.MULTILINE):
        problems += asked(page_file, rule, known)
    board = json.loads(Path(board_file).read_text())
    expressions = [target['expr'] for panel in board['panels'] for target in panel['targets']]
    expressions += [variable['query']['query'] for variable in board['templating']['list']
                    if variable['type'] == 'query']
    for expression in expressions:
        problems += asked(f'{board_file}: {expression}', expression, known)
    if promtool:
        done = subprocess.run([*promtool, 'check', 'metrics'], input=text, text=True, capture_output=True,
                              check=False, timeout=TIMEOUT)
        problems += (done.stdout + done.stderr).splitlines()
    print(*sorted(problems), sep='\n', end='\n' if problems else '')
    return 1 if problems or not expressions else 0


if __name__ == '__main__':
    sys.exit(main())
