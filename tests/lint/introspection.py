#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""introspection.py DAEMON DBUS_FOLDER: what the daemon's objects say about themselves is what dbus/*.xml
documents, member by member, with types, argument names, directions and annotations.

Runs the daemon on a private bus with an account that leads nowhere: its Server object exists all the same.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

BUS_NAME = 'org.lwm2m.Client1'
OBJECTS = {
    'org.lwm2m.Client1.Firmware': '/org/lwm2m/Client1',
    'org.lwm2m.Client1.Manager': '/org/lwm2m/Client1',
    'org.lwm2m.Client1.Objects': '/org/lwm2m/Client1',
    'org.lwm2m.Client1.Server': '/org/lwm2m/Client1/server/1',
}
TIMEOUT = 20

BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''
CLIENT_CONFIG = '''servers:
  - short_server_id: 1
    uri: coap://127.0.0.1:{port}
    security_mode: nosec
firmware_update: {{backend: org.example.Nobody}}
'''


def members(interface):
    """{(kind, name): (arguments or type and access, annotations)} of one <interface> element."""
    found = {}
    for member in interface:
        if member.tag == 'annotation':
            continue
        if member.tag == 'property':
            shape = (member.get('type'), member.get('access'))
        else:
            # A method's argument goes in unless it says otherwise, a signal has no direction.
            default = 'in' if member.tag == 'method' else ''
            shape = tuple((argument.get('name'), argument.get('type'),
                           argument.get('direction', default) if default else '')
                          for argument in member.findall('arg'))
        annotations = {a.get('name'): a.get('value') for a in member.findall('annotation')}
        found[member.tag, member.get('name')] = (shape, annotations)
    return found


def interface_of(text, name):
    """The named <interface> of an introspection text, as members."""
    for interface in ElementTree.fromstring(text).iter('interface'):
        if interface.get('name') == name:
            return members(interface)
    return {}


def compare(documented, shown):
    """One complaint for each difference."""
    for key in sorted(documented.keys() | shown.keys()):
        kind, name = key
        if key not in shown:
            yield f'{kind} {name} is documented, but not there'
        elif key not in documented:
            yield f'{kind} {name} is there, but not documented'
        elif documented[key] != shown[key]:
            yield f'{kind} {name}: documented {documented[key]}, shown {shown[key]}'


def self_test():
    """The comparison sees a missing member and each kind of difference in one."""
    text = ('<node><interface name="i"><method name="M"><arg type="u" name="a" direction="in"/></method>'
            '<property name="P" type="s" access="read"/></interface></node>')
    good = interface_of(text, 'i')
    for old, new in (('"u"', '"t"'), ('"a"', '"b"'), ('"in"', '"out"'), ('"P"', '"Q"'), ('"s"', '"o"'),
                     ('access="read"/>', 'access="read"><annotation name="n" value="const"/></property>')):
        if not list(compare(good, interface_of(text.replace(old, new), 'i'))):
            return [f'the comparison does not see {old} -> {new}']
    return list(compare(good, good))


def run(daemon, dbus_folder, folder):
    (folder / 'bus.conf').write_text(BUS_CONFIG.format(folder=folder))
    address = f'unix:path={folder}/bus'
    # A bound port that never answers: the account stays, nothing else is needed.
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(('127.0.0.1', 0))
    (folder / 'client.yaml').write_text(CLIENT_CONFIG.format(port=silent.getsockname()[1]))
    (folder / 'state').mkdir(mode=0o700)
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(folder / 'notify'))
    notify.settimeout(TIMEOUT)

    processes = []
    try:
        bus = subprocess.Popen(['dbus-daemon', f'--config-file={folder}/bus.conf', '--nofork',
                                '--print-address'], stdout=subprocess.PIPE, text=True)
        processes.append(bus)
        if not bus.stdout.readline():
            return ['the private bus did not start']
        environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=address, NOTIFY_SOCKET=f'{folder}/notify')
        processes.append(subprocess.Popen([daemon, f'--config={folder}/client.yaml',
                                           f'--state-directory={folder}/state'], env=environment))
        while 'READY=1' not in notify.recv(4096).decode().split('\n'):
            pass

        complaints = []
        for name, path in OBJECTS.items():
            shown = subprocess.run(['busctl', f'--address={address}', '--xml-interface', 'introspect',
                                    BUS_NAME, path], capture_output=True, text=True, timeout=TIMEOUT)
            if shown.returncode != 0:
                complaints.append(f'{path}: {shown.stderr.strip()}')
                continue
            documented = interface_of((dbus_folder / f'{name}.xml').read_text(), name)
            complaints += [f'{name}: {c}' for c in compare(documented, interface_of(shown.stdout, name))]
        return complaints
    except TimeoutError:
        return [f'the daemon sent no READY=1 within {TIMEOUT} s']
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(TIMEOUT)
        silent.close()
        notify.close()


def main():
    for tool in ('dbus-daemon', 'busctl'):
        if not shutil.which(tool):
            print(f'{tool} not found')
            return 77
    complaints = self_test()
    with tempfile.TemporaryDirectory() as folder:
        complaints += run(sys.argv[1], Path(sys.argv[2]), Path(folder))
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
