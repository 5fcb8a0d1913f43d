#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Interoperability with Eclipse Leshan: fetches it with Maven, drives it through Peer.java, runs the daemon
# against it and prints a row a case. Exit status: 0 all passed, 77 no Java or no Leshan, 1 anything else.
import argparse
import collections
import os
import pathlib
import signal
import sys
import tempfile

import firmware_rows
import management
import objects
import published
from harness import Bus     # leshan says where it is, and pki
from leshan import STOP_TIMEOUT, Failure, Peer, Unavailable, build_peer
from pki import CLIENT_AUTH, Pki
from row import DEVICE, Row, expect, expect_in

SKIP = 77
READY_TIMEOUT = 60      # s, the peer's start on a busy machine
LIFETIME, NEW_LIFETIME = 300, 600
SSID, NEW_SSID = 123, 124
KEYS = {'bootstrap': '000102030405060708090a0b0c0d0e0f', 'server': 'f0e1d2c3b4a5968778695a4b3c2d1e0f'}

# pct: what the daemon asks for, Leshan follows it and takes TLV without one. own_instance: where the YAML
# puts the Bootstrap-Server Account. security, server: the instances that Leshan writes in the first and
# in the second session; with auto-id it finds a free one by itself. modes: Security Mode of the Bootstrap
# Server's account and of the other; usage: the Certificate Usage that Leshan writes, which takes no hashes.
Case = collections.namedtuple(
    'Case', 'name format pct modes usage auto_id delete own_instance security server',
    defaults=(None, ('nosec', 'nosec'), 3, False, [], 0, (1, 1), (0, 0)))
CASES = [
    Case('nosec-tlv', 'TLV'),
    Case('nosec-senml-cbor', 'SENML_CBOR', pct='senml-cbor'),
    Case('nosec-senml-json', 'SENML_JSON', pct='senml-json'),
    Case('psk-tlv', 'TLV', modes=('psk', 'psk')),
    Case('nosec-then-psk', 'SENML_CBOR', pct='senml-cbor', modes=('nosec', 'psk')),
    Case('x509-tlv', 'TLV', modes=('certificate', 'certificate')),
    Case('x509-senml-cbor', 'SENML_CBOR', pct='senml-cbor', modes=('certificate', 'certificate'), usage=2),
    Case('x509-senml-json', 'SENML_JSON', pct='senml-json', modes=('certificate', 'certificate'), usage=1),
    Case('x509-ca-constraint', 'TLV', modes=('certificate', 'certificate'), usage=0),
    Case('psk-then-x509', 'TLV', modes=('psk', 'certificate')),
    Case('x509-then-psk', 'TLV', modes=('certificate', 'psk')),
    Case('auto-id', 'TLV', auto_id=True, own_instance=1, security=(0, 0)),
    Case('delete-root', 'TLV', delete=['/'], security=(1, 2), server=(0, 1)),
]
LESHANS_MODES = {'nosec': 'NO_SEC', 'psk': 'PSK', 'certificate': 'X509'}


class Run(Row):
    """From bootstrap to De-register."""

    def __init__(self, case, pki, peer, ready, daemon, folder):
        super().__init__(case.name, peer, ready, daemon, folder)
        self.case, self.pki = case, pki
        self.device = None
        self.session = 0
        self.ssid = SSID
        self.registration = None
        self.readable = set()
        self.steps = [
            ('bootstrap', self.bootstrap),
            ('register', self.register),
            ('read /3', self.read_device),
            ('read /1', self.read_server),
            ('discover /3', self.discover),
            ('write /1/0/1', self.write_lifetime),
            ('execute /1/0/8', self.execute_update),
            ('execute /1/0/9', self.execute_bootstrap),
            ('de-register', self.deregister),
        ]

    def mode(self, server):
        """The Security Mode of 'bootstrap' or 'server'."""
        return self.case.modes[('bootstrap', 'server').index(server)]

    def uri(self, server):
        return self.ready[f'{server}-{"coap" if self.mode(server) == "nosec" else "coaps"}']

    def credential(self, server):
        """Identity, key and the server's certificate, as /0/x/3, 5 and 4 have them."""
        if self.mode(server) == 'nosec':
            return {}
        if self.mode(server) == 'psk':
            return {'identity': f'{self.endpoint}-{server}'.encode(), 'key': bytes.fromhex(KEYS[server])}
        if self.device is None:
            self.device = self.pki.issue(self.endpoint, self.pki.intermediate, names=[],
                                         extended=[CLIENT_AUTH])
        expected = self.pki.root if self.case.usage in (0, 2) else self.peer.certificate
        return {'identity': self.device.der + self.pki.intermediate.der, 'key': self.device.key.pkcs8,
                'server': expected.der}

    def leshans(self, server):
        return {'mode': LESHANS_MODES[self.mode(server)], 'usage': self.case.usage,
                **{name: value.hex() for name, value in self.credential(server).items()}}

    def provision(self):
        self.mark = len(self.peer.events)
        self.peer.command('provision', endpoint=self.endpoint, uri=self.uri('server'),
                          ssid=self.ssid, lifetime=LIFETIME,
                          auto_id=self.case.auto_id, delete=self.case.delete,
                          security_instance=self.case.security[self.session],
                          server_instance=self.case.server[self.session],
                          bootstrap=self.leshans('bootstrap'), server=self.leshans('server'))
        self.wait('provisioned')

    def own_credential(self):
        """The keys of the Bootstrap-Server Account; by certificate, Leshan's chain leads to the root."""
        credential = self.credential('bootstrap')
        if self.mode('bootstrap') == 'nosec':
            return {}
        if self.mode('bootstrap') == 'psk':
            return {'identity': credential['identity'].decode(), 'key_hex': credential['key'].hex()}
        return {'certificate_file': self.device.chain_file(self.pki.intermediate),
                'private_key_file': self.device.key_file, 'certificate_usage': 'trust-anchor-assertion',
                'server_certificate_file': self.pki.root.certificate_file}

    def write_config(self):
        case = self.case
        lines = [f'endpoint: "{self.endpoint}"', 'bootstrap:', '  server:',
                 f'    uri: {self.uri("bootstrap")}',
                 f'    instance_id: {case.own_instance}',
                 f'    security_mode: {self.mode("bootstrap")}']
        lines += [f'    {key}: "{value}"' for key, value in self.own_credential().items()]
        if case.pct:
            lines.append(f'  preferred_content_format: {case.pct}')
        if 'certificate' in case.modes:
            lines.append(f'trust_store: {self.pki.root.certificate_file}')
        lines += ['device:'] + [f'  {key}: "{DEVICE[key]}"' for key in DEVICE]
        file = self.folder / 'lwm2m-client.yaml'
        file.write_text('\n'.join(lines) + '\n')
        file.chmod(0o600)
        return file

    def bootstrap(self):
        self.provision()
        self.launch(self.write_config())
        self.check_session()

    def check_session(self):
        """The session since the mark: all operations of Leshan's, in its order and format, succeeded."""
        case, since = self.case, self.mark
        request = self.wait('bootstrap-request')
        expect('pct', request['pct'], case.format if case.pct else None)
        self.check_identity('bootstrap', request)
        self.wait('bootstrap-end')
        answers = [e for e in self.peer.events[since:] if e['event'] == 'bootstrap-answer']
        wanted = [('discover', '/', '2.05')] if case.auto_id else []
        wanted += [('delete', path, '2.02') for path in case.delete]
        wanted += [('write', f'/0/{case.security[self.session]}', '2.04'),
                   ('write', f'/1/{case.server[self.session]}', '2.04'),
                   ('finish', '/bs', '2.04')]
        expect('bootstrap', [(e['operation'], e['path'], e.get('code')) for e in answers], wanted)
        formats = {e['format'] for e in answers if e['operation'] == 'write'}
        expect('format of the writes', formats, {case.format})

    def check_identity(self, server, event):
        """As whom Leshan knows the client; by certificate it is the endpoint's name."""
        if self.mode(server) != 'nosec':
            name = f'{self.endpoint}-{server}' if self.mode(server) == 'psk' else self.endpoint
            expect_in('identity', name, event['identity'])

    def register(self):
        event = self.wait('registered')
        expect('lt', event['lifetime'], LIFETIME)
        expect('lwm2m', event['version'], '1.1')
        expect('scheme', event['scheme'], 'coap' if self.mode('server') == 'nosec' else 'coaps')
        self.check_identity('server', event)
        for path in (f'/1/{self.case.server[self.session]}', '/3/0'):
            expect_in('object list', f'<{path}>', event['links'])
        self.registration = event['id']

    def read_device(self):
        answer = self.request('read', '/3', '2.05', format=self.case.format)
        expect('format', answer.get('format'), self.case.format)
        for resource, key in enumerate(DEVICE):
            expect(f'/3/0/{resource}', answer['values'].get(f'/3/0/{resource}'), DEVICE[key])
        self.readable = {'/'.join(path.split('/')[:4]) for path in answer['values']}

    def read_server(self):
        instance = self.case.server[self.session]
        answer = self.request('read', '/1', '2.05', format=self.case.format)
        values = answer['values']
        expect('format', answer.get('format'), self.case.format)
        expect('instances of /1', {path.split('/')[2] for path in values}, {str(instance)})
        expect('Short Server ID', values.get(f'/1/{instance}/0'), self.ssid)
        expect('Lifetime', values.get(f'/1/{instance}/1'), LIFETIME)

    def discover(self):
        """What Read has shown is listed, behind the object and its instance."""
        targets = [link.split('>')[0] + '>' for link in self.request('discover', '/3', '2.05')['links']]
        expect('first links', targets[:2], ['</3>', '</3/0>'])
        for path in sorted(self.readable):
            expect_in('links', f'<{path}>', targets)

    def write_lifetime(self):
        self.request('write', '/1/0/1', '2.04', format=self.case.format, value=NEW_LIFETIME)
        self.wait('updated', id=self.registration, lifetime=NEW_LIFETIME)
        answer = self.request('read', '/1/0/1', '2.05', format=self.case.format)
        expect('Lifetime', answer['values'], {'/1/0/1': NEW_LIFETIME})

    def execute_update(self):
        self.request('execute', '/1/0/8', '2.04')
        self.wait('updated', id=self.registration)

    def execute_bootstrap(self):
        """The second session brings the old lifetime back; with DELETE / the first account is gone too."""
        self.session = 1
        if self.case.server[0] != self.case.server[1]:
            self.ssid = NEW_SSID
        before = self.registration
        self.provision()
        self.request('execute', '/1/0/9', '2.04')
        self.check_session()
        self.register()
        if self.registration == before:
            raise Failure('the registration is still the first one')
        self.read_server()

    def deregister(self):
        self.mark = len(self.peer.events)
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(STOP_TIMEOUT)
        self.process = None
        event = self.wait('unregistered')
        expect('registration', event['id'], self.registration)
        expect('expired', event['expired'], False)
        expect("the daemon's exit status", status, 0)


def main():
    parser = argparse.ArgumentParser(description='Runs the daemon against Eclipse Leshan.')
    parser.add_argument('--daemon', default=os.environ.get('LWM2M_CLIENTD'),
                        help='lwm2m-clientd to run [$LWM2M_CLIENTD]')
    parser.add_argument('--work-directory', type=pathlib.Path,
                        help='keeps the jars, the classes and the logs [a temporary one]')
    parser.add_argument('--require', action='store_true',
                        help='no Java or no Leshan is a failure, not a skip')
    parser.add_argument('--log-level', default='warn', help="of Leshan's own log, peer.log [warn]")
    parser.add_argument('case', nargs='*', help='names of cases [all]')
    arguments = parser.parse_args()

    tables = {management.Management: management.CASES, published.Published: published.CASES,
              firmware_rows.FirmwareUpdate: firmware_rows.CASES}
    kinds = {name: kind for kind, cases in tables.items() for name in cases}
    known = {case.name: case for case in CASES}
    for table in tables.values():
        known |= table
    unknown = set(arguments.case) - set(known)
    if unknown:
        parser.error(f'no case {", ".join(sorted(unknown))}; there are {", ".join(known)}')
    cases = {name: case for name, case in known.items() if not arguments.case or name in arguments.case}
    if not arguments.daemon:
        parser.error('no daemon: set LWM2M_CLIENTD or give --daemon')

    with tempfile.TemporaryDirectory(prefix='lwm2m-interop-') as scratch:
        scratch = pathlib.Path(scratch)
        work = (arguments.work_directory or scratch / 'work').resolve()
        work.mkdir(parents=True, exist_ok=True)
        try:
            class_path = build_peer(work)
        except Unavailable as reason:
            print(f'{"FAIL" if arguments.require else "SKIP"}  {reason}')
            return 1 if arguments.require else SKIP
        with open(work / 'peer.log', 'w') as log:
            pki = Pki(scratch)
            models = scratch / 'models.json'
            objects.write_models(models)
            peer = Peer(class_path, pki, models, log, arguments.log_level)
            bus = Bus(str(scratch)).start()
            try:
                ready = peer.wait('ready', timeout=READY_TIMEOUT)
                passed = 0
                for name, case in cases.items():
                    folder = scratch / name
                    folder.mkdir()
                    end = (peer, ready, arguments.daemon, folder)
                    if isinstance(case, Case):
                        row = Run(case, pki, *end)
                    else:
                        row = kinds[name](name, *case, bus, *end)
                    passed += row.run()
            finally:
                bus.stop()
                peer.stop()
    print(f'{passed} of {len(cases)} cases passed')
    return 0 if passed == len(cases) else 1


if __name__ == '__main__':
    sys.exit(main())
