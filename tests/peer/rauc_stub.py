# SPDX-License-Identifier: Apache-2.0
"""RAUC as a stub of its D-Bus interface, with the signatures of the introspection file that Debian's package
rauc-service has. Bundles are files with a line

    bundle COMPATIBLE VERSION

As a program (rauc_stub.py FOLDER) it is RAUC of the system bus, with its state in FOLDER: `booted` and
`primary` hold names of slots, `fails` the reason why an installation does; as long as `hold` is there, an
installation goes on, and `held` is there, too. A bundle for "forged" is not signed by whom it should be.
"""
import os
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree

from jeepney import (DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

NAME, INTERFACE = "de.pengutronix.rauc", "de.pengutronix.rauc.Installer"
PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTION = f"/usr/share/dbus-1/interfaces/{INTERFACE}.xml"
SLOTS = {"rootfs.0": "A", "rootfs.1": "B"}      # slot: name of the boot loader
COMPATIBLE = "lwm2m-test"


def signatures(path=INTROSPECTION):
    """{method: (in, out)}, as RAUC documents itself."""
    found = {}
    for method in ElementTree.parse(path).getroot().iter("method"):
        arguments = method.findall("arg")
        found[method.get("name")] = tuple(
            "".join(each.get("type") for each in arguments if each.get("direction", "in") == direction)
            for direction in ("in", "out"))
    return found


class Refusal(Exception):
    """What RAUC answers as an error."""


class Rauc:
    def __init__(self, folder, connection):
        self.folder, self.connection = folder, connection
        self.signatures = signatures()
        self.operation, self.last_error, self.done = "idle", "", (0, "", 0)
        # What is answered is so at the moment of the answer, as in RAUC, which has one loop for all of it.
        self.sending = threading.RLock()

    def state(self, name, default=""):
        try:
            with open(os.path.join(self.folder, name), encoding="ascii") as file:
                return file.read().strip()
        except FileNotFoundError:
            return default

    def keep(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
            file.write(text + "\n")

    # -- methods

    def bundle(self, path):
        """(compatible, version) of a bundle, which becomes root's."""
        with open(path, encoding="utf-8", errors="replace") as file:
            words = file.readline().split()
        if len(words) != 3 or words[0] != "bundle":
            raise Refusal("Failed to verify signature: no bundle")
        if words[1] == "forged":
            raise Refusal("Failed to verify signature: self-signed certificate")
        os.chown(path, 0, -1)
        return words[1], words[2]

    def Info(self, path):
        return self.bundle(path)

    def InspectBundle(self, path, _):
        compatible, version = self.bundle(path)
        update = {"compatible": ("s", compatible), "version": ("s", version)}
        return ({"update": ("v", ("a{sv}", update))},)

    def InstallBundle(self, path, _):
        if self.operation != "idle":
            raise Refusal("Already processing a different method")
        self.operation = "installing"
        threading.Thread(target=self.install, args=[path], daemon=True).start()
        return ()

    def GetPrimary(self):
        return (self.state("primary", "rootfs.0"),)

    def GetSlotStatus(self):
        booted = self.state("booted", "rootfs.0")
        return ([(slot, {"class": ("s", "rootfs"), "bootname": ("s", name),
                         "state": ("s", "booted" if slot == booted else "inactive")})
                 for slot, name in SLOTS.items()],)

    def properties(self):
        return {"Operation": ("s", self.operation), "LastError": ("s", self.last_error),
                "Progress": ("(isi)", self.done), "Compatible": ("s", COMPATIBLE), "Variant": ("s", ""),
                "BootSlot": ("s", SLOTS[self.state("booted", "rootfs.0")])}

    # -- an installation

    def install(self, path):
        self.progress(0, "Installing")
        while os.path.exists(os.path.join(self.folder, "hold")):
            self.keep("held", "")
            time.sleep(0.02)
        try:
            compatible, _ = self.bundle(path)
            if compatible != COMPATIBLE:
                raise Refusal("Compatible mismatch")
            if self.state("fails"):
                raise Refusal(self.state("fails"))
            self.progress(50, "Copying image")
            self.keep("primary", next(slot for slot in SLOTS if slot != self.state("booted", "rootfs.0")))
            self.last_error = ""
        except (Refusal, OSError) as error:
            self.last_error = str(error)
        self.progress(100, "Installing done.")
        with self.sending:
            self.operation = "idle"
            self.signal(INTERFACE, "Completed", "i", (1 if self.last_error else 0,))

    def progress(self, percent, text):
        self.done = percent, text, 1
        self.signal(PROPERTIES, "PropertiesChanged", "sa{sv}as",
                    (INTERFACE, {"Progress": ("(isi)", self.done)}, []))

    def signal(self, interface, member, signature, body):
        self.send(new_signal(DBusAddress("/", interface=interface), member, signature, body))

    def send(self, message):
        with self.sending:
            self.connection.send(message)

    # -- the bus

    def answer(self, message):
        fields = message.header.fields
        member, interface = fields[HeaderFields.member], fields.get(HeaderFields.interface)
        if interface == PROPERTIES and member == "GetAll":
            return new_method_return(message, "a{sv}", (self.properties(),))
        if interface != INTERFACE or member not in self.signatures or not hasattr(self, member):
            return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "s", (f"No {member}",))
        takes, gives = self.signatures[member]
        if fields.get(HeaderFields.signature, "") != takes:
            return new_error(message, "org.freedesktop.DBus.Error.InvalidArgs", "s", (f"not {takes}",))
        try:
            body = getattr(self, member)(*message.body)
        except (Refusal, OSError) as error:
            return new_error(message, "org.gtk.GDBus.UnmappedGError.Quark._g_2dio_2derror_2dquark.Code30",
                             "s", (str(error),))
        return new_method_return(message, gives or None, body)

    def serve(self):
        while True:
            message = self.connection.receive()
            if message.header.message_type == MessageType.method_call:
                with self.sending:
                    self.send(self.answer(message))


def main():
    connection = open_dbus_connection("SYSTEM")
    rauc = Rauc(sys.argv[1], connection)
    # Its reply is not waited for: the bus may hand over the call that has started us before it.
    connection.send(message_bus.RequestName(NAME))
    rauc.serve()


if __name__ == "__main__":
    main()
