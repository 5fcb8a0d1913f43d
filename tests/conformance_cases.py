# SPDX-License-Identifier: Apache-2.0
"""OMA's interoperability cases: every one that the test specification LightweightM2M INT 1.2.1 names.

A row is (case, what it is about, answer). The answer is one of
  ""                        a test of its name shows it
  "not yet: issue N, why"   it applies, and nothing shows it so far
  "not applicable: why"
  "as CASE"                 the specification leaves it to another case
  any other words           a test shows it, with this restriction
"""

EMPTY = "not applicable: a heading without steps"
OLD_JSON = "not applicable: JSON (11543) is optional in 1.0 and forbidden from 1.1 on"
TCP = "not applicable: UDP is the only transport"
OSCORE = "not applicable: no OSCORE"
PROFILE = "not applicable: no Profile ID, which is optional"
OTHER_OBJECT = "not applicable: no such Object in the client; another service may publish it"

BOOTSTRAP = [
    ("1.1-int-0", "client-initiated bootstrap", ""),
    ("1.1-int-1", "client-initiated bootstrap with a pre-shared key", ""),
    ("1.1-int-2", "client-initiated bootstrap with certificates", ""),
    ("1.1-int-3", "bootstrap from a smartcard", "not applicable: no smartcard"),
    ("1.1-int-4", "Bootstrap-Delete", ""),
    ("1.1-int-5", "server-initiated bootstrap", ""),
    ("1.1-int-6", "Bootstrap Sequence", "without its first step, the smartcard"),
    ("1.1-int-7", "fallback to bootstrap", ""),
    ("1.1-int-8", "Bootstrap-Read", ""),
    ("1.1-int-9", "bootstrap and configuration consistency", ""),
    ("1.1-int-10", "client-initiated bootstrap with EST", "not applicable: no EST"),
    ("1.2-int-11", "client-initiated bootstrap over OSCORE", OSCORE),
    ("1.2-int-12", "Bootstrap-Pack", ""),
    ("1.2-int-19", "client-initiated bootstrap over MQTT", "not applicable: no MQTT"),
]

SECURITY = [
    ("1.1-int-401", "DTLS with a pre-shared key", ""),
    ("1.1-int-402", "DTLS with certificates", ""),
    ("1.1-int-403", "DTLS, name of the certificate differs", ""),
    ("1.1-int-404", "TLS with certificates", TCP),
    ("1.1-int-405", "OSCORE", OSCORE),
    ("1.1-int-406", "TLS with a pre-shared key", TCP),
]

REGISTRATION = [
    ("1.1-int-101", "initial registration", ""),
    ("1.1-int-102", "registration update", ""),
    ("1.1-int-103", "deregistration", ""),
    ("1.1-int-104", "Registration Update Trigger", ""),
    ("1.1-int-105", "discarded registration", ""),
    ("1.1-int-106", "registration with TCP binding", TCP),
    ("1.1-int-107", "extending the lifetime of a registration", ""),
    ("1.1-int-108", "turning queue mode on", ""),
    ("1.1-int-109", "behaviour in queue mode", ""),
    ("1.2-int-110", "registration with Profile ID", PROFILE),
    ("1.2-int-111", "registration with Profile ID and Object list", PROFILE),
]

MANAGEMENT = [
    ("1.1-int-201", "Read in text", ""),
    ("1.1-int-202", "Read in opaque", EMPTY),
    ("1.1-int-203", "Read in TLV", ""),
    ("1.1-int-204", "Read in JSON", OLD_JSON),
    ("1.1-int-205", "Write in text", ""),
    ("1.1-int-210", "Write in opaque", EMPTY),
    ("1.1-int-211", "Read in CBOR", ""),
    ("1.1-int-212", "Write in CBOR", ""),
    ("1.1-int-215", "Write in TLV", ""),
    ("1.1-int-220", "Write in JSON", OLD_JSON),
    ("1.1-int-221", "operations on Security", ""),
    ("1.1-int-222", "Read of an Object", ""),
    ("1.1-int-223", "Read of an Object Instance", ""),
    ("1.1-int-224", "Read of a Resource", ""),
    ("1.1-int-225", "Read of a Resource Instance", ""),
    ("1.1-int-226", "Write (Partial Update) of an Object Instance", ""),
    ("1.1-int-227", "Write (Replace) of a Resource", ""),
    ("1.1-int-228", "Write of a Resource Instance", ""),
    ("1.1-int-229", "Read-Composite", "not applicable: withdrawn, see 1.1-int-280"),
    ("1.1-int-230", "Write-Composite", ""),
    ("1.1-int-231", "Read in SenML JSON", ""),
    ("1.1-int-232", "Read in SenML CBOR", ""),
    ("1.1-int-233", "Write in SenML CBOR", ""),
    ("1.1-int-234", "Write in SenML JSON", ""),
    ("1.1-int-235", "Read-Composite of the root", ""),
    ("1.1-int-236", "Read-Composite with paths that are not there", ""),
    ("1.1-int-237", "Read without Accept", ""),
    ("1.1-int-241", "Execute of Reboot", ""),
    ("1.1-int-256", "Write that fails", ""),
    ("1.1-int-257", "Write-Composite", "with another time than 0, which timedated refuses"),
    ("1.1-int-260", "Discover", ""),
    ("1.1-int-261", "Discover and Write-Attributes of a multiple Resource", ""),
    ("1.2-int-264", "Discover with depth 1", ""),
    ("1.2-int-266", "Discover with depth 2 and 3", ""),
    ("1.1-int-270", "creation of an Object Instance", "as 1.1-int-1630"),
    ("1.1-int-271", "creation of Resource Instances", EMPTY),
    ("1.1-int-280", "Read-Composite of Resources", ""),
    ("1.1-int-281", "Read-Composite with an executable Resource", ""),
    ("1.1-int-290", "deletion of an Object Instance", "as 1.1-int-1635"),
]

REPORTING = [
    ("1.1-int-301", "Observe and Notify", ""),
    ("1.1-int-302", "cancelling by Reset", ""),
    ("1.1-int-303", "cancelling by Observe 1", ""),
    ("1.1-int-304", "Observe-Composite", ""),
    ("1.1-int-305", "Cancel Observation-Composite", ""),
    ("1.1-int-306", "Send", ""),
    ("1.1-int-307", "Mute Send", ""),
    ("1.1-int-308", "Observe-Composite, an instance is created", ""),
    ("1.1-int-309", "Observe-Composite, an instance is deleted", ""),
    ("1.1-int-310", "Observe-Composite and attributes", ""),
    ("1.1-int-311", "Send of Resources", ""),
    ("1.2-int-312", "Observe with attributes", ""),
    ("1.2-int-313", "Observe with attributes over attached ones", ""),
]

CORE_OBJECTS = [
    ("1.1-int-551", "Server: Write", "as 1.1-int-215"),
    ("1.1-int-555", "Server", EMPTY),
    ("1.1-int-556", "Server: Execute", "as 1.1-int-104"),
    ("1.1-int-560", "Server", EMPTY),
    ("1.1-int-565", "Server", EMPTY),
    ("1.1-int-566", "Server", EMPTY),
    ("1.1-int-651", "Device: Write of Current Time, UTC Offset, Timezone", ""),
    ("1.1-int-652", "Device: Read of Firmware Version", ""),
    ("1.1-int-655", "Device: Execute of Reboot", "as 1.1-int-241"),
    ("1.1-int-656", "Device", EMPTY),
    ("1.1-int-657", "Device", EMPTY),
    ("1.1-int-660", "Device: Observe", "as 1.1-int-301"),
    ("1.1-int-661", "Device", EMPTY),
    ("1.1-int-670", "Device", EMPTY),
    ("1.1-int-680", "Device: Create", ""),
    ("1.1-int-685", "Device: Delete", ""),
    ("1.1-int-701", "Connectivity Monitoring: Read", ""),
    ("1.1-int-705", "Connectivity Monitoring: Write", "not applicable: nothing of it can be written"),
    ("1.1-int-710", "Connectivity Monitoring: Observe", ""),
    ("1.1-int-711", "Connectivity Monitoring", EMPTY),
    ("1.1-int-720", "Connectivity Monitoring", EMPTY),
    ("1.1-int-730", "Connectivity Monitoring", EMPTY),
    ("1.1-int-735", "Connectivity Monitoring", EMPTY),
    ("1.1-int-751", "Firmware Update: Read of the state", ""),
    ("1.1-int-755", "Firmware Update: state machine, push", ""),
    ("1.1-int-756", "Firmware Update: state machine, pull", ""),
    ("1.1-int-760", "Firmware Update: Observe of the state", ""),
    ("1.1-int-770", "Firmware Update: whole update, push", ""),
    ("1.1-int-771", "Firmware Update: whole update, pull", ""),
    ("1.1-int-772", "Firmware Update: Update in a wrong state", ""),
    ("1.1-int-773", "Firmware Update: not enough storage", ""),
    ("1.1-int-774", "Firmware Update: not enough memory", "it is the back end that has too little"),
    ("1.1-int-775", "Firmware Update: connection lost", ""),
    ("1.1-int-776", "Firmware Update: integrity check failed", ""),
    ("1.1-int-777", "Firmware Update: unsupported package", ""),
    ("1.1-int-778", "Firmware Update: invalid URI", ""),
    ("1.1-int-779", "Firmware Update: update failed", ""),
    ("1.1-int-780", "Firmware Update", EMPTY),
    ("1.1-int-801", "Location: Read", OTHER_OBJECT),
    ("1.1-int-805", "Location: Write", "not applicable: nothing of it can be written"),
    ("1.1-int-810", "Location: Observe", OTHER_OBJECT),
    ("1.1-int-811", "Location", EMPTY),
    ("1.1-int-820", "Location", EMPTY),
    ("1.1-int-830", "Location", EMPTY),
    ("1.1-int-835", "Location", EMPTY),
    ("1.1-int-901", "Connectivity Statistics: Read", ""),
    ("1.1-int-905", "Connectivity Statistics: Write", ""),
    ("1.1-int-910", "Connectivity Statistics: Observe", ""),
    ("1.1-int-911", "Connectivity Statistics", EMPTY),
    ("1.1-int-920", "Connectivity Statistics", EMPTY),
    ("1.1-int-930", "Connectivity Statistics", EMPTY),
    ("1.1-int-935", "Connectivity Statistics", EMPTY),
    ("1.1-int-950", "two LwM2M Servers", ""),
    ("1.1-int-951", "two LwM2M Servers and attributes", ""),
]

OTHER_OBJECTS = [
    *((f"1.1-int-{number}", f"Object {object_id}", OTHER_OBJECT)
      for numbers, object_id in (((1200, 1201, 1202, 1203, 1204), 10), ((1250, 1350), "11 or 13"),
                                 ((1900, 1901), 19), ((2000, 2001), 20))
      for number in numbers),
    ("1.1-int-1600 to 1620", "Portfolio, five cases", EMPTY),
    ("1.1-int-1630", "Portfolio: Create", ""),
    ("1.1-int-1635", "Portfolio: Delete", ""),
]

SECTIONS = {
    "Bootstrap": BOOTSTRAP,
    "Security": SECURITY,
    "Registration": REGISTRATION,
    "Device Management": MANAGEMENT,
    "Information Reporting": REPORTING,
    "Core Objects": CORE_OBJECTS,
    "Further Objects": OTHER_OBJECTS,
}
