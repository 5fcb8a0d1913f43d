# SPDX-License-Identifier: Apache-2.0
"""Stands in for the daemon on the system bus where a real one could not be brought to it: strings of hostile
servers, very many values, a Status that flaps."""
import socket
import threading
from collections import Counter

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

NAME, PATH = 'org.lwm2m.Client1', '/org/lwm2m/Client1'
MANAGER, SERVER = f'{NAME}.Manager', f'{NAME}.Server'
PROPERTIES = 'org.freedesktop.DBus.Properties'
TIMES = ('StatusTimestamp', 'NextRetryTimestamp', 'LastBootstrapTimestamp')
SERVER_TIMES = ('LastRegistrationTimestamp', 'NextUpdateTimestamp', 'NextRetryTimestamp')


class FakeClient:
    """`manager`, `server`: properties by name as (signature, value); `objects`: [(ID, version, instances)];
    `texts`: path of an Object -> [(path, text)]; `history`: the series, as a{sv}. While `silent` is set,
    calls of GetHistory have no answer; `calls`: how often each member was called."""

    def __init__(self):
        self.manager = {
            'Status': ('s', 'registered'), 'SubStatus': ('s', 'idle'), 'LastError': ('(ss)', ('', '')),
            'Attempt': ('u', 0), 'RetryCount': ('u', 5), 'Bootstrapped': ('b', True),
            'Generation': ('s', 'bootstrap'), 'ConfigurationProblem': ('s', ''), 'KeyLogging': ('b', False),
            'EndpointName': ('s', 'fake'),
            'BootstrapServerURI': ('s', 'coap://127.0.0.1'), 'BootstrapSecurityMode': ('s', 'nosec'),
            'ConfigFile': ('s', '/fake.yaml'), 'Version': ('s', '0'), **{name: ('t', 0) for name in TIMES}}
        self.server = {
            'ShortServerID': ('q', 1), 'ServerURI': ('s', 'coap://127.0.0.1'),
            'SecurityMode': ('s', 'nosec'), 'PeerAddress': ('s', ''), 'Cipher': ('s', ''),
            'Lifetime': ('x', 300), 'Binding': ('s', 'U'),
            'State': ('s', 'registered'), 'LastError': ('(ss)', ('', '')), 'Observations': ('u', 0),
            'Counters': ('a{st}', {}), **{name: ('t', 0) for name in SERVER_TIMES}}
        self.objects, self.texts, self.history = [], {}, []
        self.silent, self.calls = threading.Event(), Counter()
        self.sending = threading.Lock()

    def __enter__(self):
        self.connection = open_dbus_connection(bus='SYSTEM')
        unwrap_msg(self.connection.send_and_get_reply(message_bus.RequestName(NAME)))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.connection.close()

    def _serve(self):
        try:
            while True:
                message = self.connection.receive()
                if message.header.message_type == MessageType.method_call and not self._holds(message):
                    self._send(self._answer(message))
        except (OSError, ValueError, EOFError):
            pass    # closed

    def _send(self, message):
        with self.sending:
            self.connection.send(message)

    def _holds(self, call):
        member = call.header.fields[HeaderFields.member]
        self.calls[member] += 1
        return member == 'GetHistory' and self.silent.is_set()

    def _texts(self, paths):
        return [value for path in paths for value in self.texts.get(path, [])]

    def _answer(self, call):
        member = call.header.fields[HeaderFields.member]
        answers = {
            'GetAll': lambda: ('a{sv}', (self.manager,)),
            'GetManagedObjects': lambda: ('a{oa{sa{sv}}}', ({f'{PATH}/server/1': {SERVER: self.server}},)),
            'GetObjects': lambda: ('a(qsaq)', (self.objects,)),
            'GetTexts': lambda: ('a(ss)', (self._texts(call.body[0]),)),
            'GetHistory': lambda: ('aa{sv}', (self.history,)),
        }
        if member not in answers:
            return new_error(call, 'org.freedesktop.DBus.Error.UnknownMethod', 's', (f'no {member}',))
        return new_method_return(call, *answers[member]())

    def change(self, **properties):
        """PropertiesChanged of the Manager."""
        self.manager.update(properties)
        self._send(new_signal(DBusAddress(PATH, interface=PROPERTIES), 'PropertiesChanged', 'sa{sv}as',
                              (MANAGER, properties, [])))
