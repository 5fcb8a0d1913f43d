# SPDX-License-Identifier: Apache-2.0
"""Firmware Update with Leshan, a row a case: a whole update, pushed in a format or pulled."""
from management import Management       # which says where the next two are
from firmware import NEW, OLD, BackEnd, package, replace
from repository import CoapRepository, HttpRepository
from row import expect

IMAGE = package(6000)       # below what Californium takes as one body, 8192
PUSHED = {'octets': 'OPAQUE', 'tlv': 'TLV', 'cbor': 'CBOR', 'senml-json': 'SENML_JSON',
          'senml-cbor': 'SENML_CBOR'}
REPOSITORIES = {'http': HttpRepository, 'coap': CoapRepository}
PULLED = {scheme: 'TLV' for scheme in REPOSITORIES}


class FirmwareUpdate(Management):
    """One case of CASES: what is pushed has a format, what is pulled a scheme."""

    def __init__(self, name, case, format, bus, *end):
        super().__init__(name, case, format, bus, *end)
        self.image_format, self.format = self.format, 'TLV'
        self.version_file = str(self.folder / 'version')
        replace(self.version_file, OLD)
        self.back_end = BackEnd(bus, self.version_file)
        self.repository = None

    def more_settings(self):
        return [f'  firmware_version: {{file: "{self.version_file}"}}', 'firmware_update:',
                f'  backend: {BackEnd.NAME}']

    def end(self):
        super().end()
        self.back_end.close()
        if self.repository:
            self.repository.close()

    def state(self, value):
        """A notification of /5/0/3 since the last request."""
        self.wait('notified', path='/5/0/3', values={'/5/0/3': value})

    def push_steps(self):
        def push():
            self.request('write', '/5/0/0', '2.04', format=self.image_format, value=IMAGE.hex())
        return self.update_steps(push)

    def pull_steps(self):
        def pull():
            self.repository = REPOSITORIES[self.name.rpartition('-')[2]]()
            self.write('/5/0/1', self.repository.add('image', IMAGE))
        return self.update_steps(pull)

    def update_steps(self, bring):
        def observe():
            answer = self.request('observe', '/5/0/3', '2.05', format=self.format)
            expect('State', answer['values'], {'/5/0/3': 0})
            expect('/3/0/3', self.read('/3/0/3'), {'/3/0/3': OLD})

        def downloaded():
            bring()
            self.state(2)
            expect('package', self.back_end.packages, [IMAGE])
            values = self.read('/5/0')
            expect('name and version', (values.get('/5/0/6'), values.get('/5/0/7')), ('image', NEW))

        def update():
            self.request('execute', '/5/0/2', '2.04')
            self.state(0)
            values = self.read('/5/0')
            expect('Update Result', values.get('/5/0/5'), 1)
            expect('/3/0/3', self.read('/3/0/3'), {'/3/0/3': NEW})

        def refused():
            self.request('execute', '/5/0/2', '4.05')
        return [('observe', observe), ('downloaded', downloaded), ('updated', update), ('refused', refused)]


CASES = {
    f'firmware-{case}-{name}': (getattr(FirmwareUpdate, f'{case}_steps'), format)
    for case, formats in (('push', PUSHED), ('pull', PULLED)) for name, format in formats.items()
}
