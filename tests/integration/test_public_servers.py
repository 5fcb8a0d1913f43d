# SPDX-License-Identifier: Apache-2.0
"""The habits of Bootstrap Servers that are in use, played as they were seen: what each sends in which order,
byte for byte where that is known. Every sequence is gone through twice, with a restart in between."""
import pytest

from credentials import Certificates
from harness import HAVE_DISCOVER
from lwm2m_peer import (LWM2M_CBOR, SENML_CBOR, SENML_JSON, TEXT, TLV, Answer, code, delete, discover,
                        finish, links, read, tlv_instance, write)
from public_site import BOOTSTRAP, BOOTSTRAP_KEY, SERVER_KEYS, Site, accounts, credentials, in_turn
from state_file import stored

needs_discover = pytest.mark.skipif(not HAVE_DISCOVER, reason="built without Bootstrap-Discover")
either_security = pytest.mark.parametrize("secure", [False, True], ids=["nosec", "psk"])

SERVER_ID = 123


@pytest.fixture
def site(daemon, peers):
    return Site(daemon, peers)


@pytest.fixture
def secured(site, secure):
    """The site, with or without keys."""
    if secure:
        site.secure()
    return site


# --- Leshan --------------------------------------------------------------------------------------------


def leshan_security(uri, key=None, ssid=None, timers=(1, 0)):
    """All Resources, whatever the mode; those that say nothing are empty. Its own has no ssid."""
    identity, secret = credentials(key)
    values = {0: uri, 1: ssid is None, 2: 0 if key else 3, 3: identity, 4: b"", 5: secret,
              6: 3, 7: b"", 8: b"", 9: "", 10: ssid, 11: timers[0], 12: timers[1]}
    return {number: value for number, value in values.items() if value is not None}


LESHAN_SERVER = {0: SERVER_ID, 1: 86400, 2: 1, 6: True, 7: "U"}


def leshan_writes(site, bootstrap_id=0, security_id=1):
    return [write(f"/0/{bootstrap_id}", leshan_security(site.bootstrap_uri, site.bootstrap_key)),
            write(f"/0/{security_id}", leshan_security(site.uri, site.server_key, SERVER_ID)),
            write("/1/0", LESHAN_SERVER)]


def test_leshans_payloads():
    """As they were seen on the wire."""
    assert tlv_instance(leshan_security("coap://h", None, SERVER_ID)) == bytes.fromhex(
        "C80008 636F61703A2F2F68 C10100 C10203 C003 C004 C005 C10603 C007 C008 C009 C10A7B C10B01 C10C00")
    assert tlv_instance(LESHAN_SERVER) == bytes.fromhex("C1007B C40100015180 C10201 C10601 C10755")


def assert_leshans(site):
    """What of it is kept, and what the server sees of it."""
    values = stored(site.daemon)
    identity, secret = credentials(site.server_key)
    assert (values["/0/1/0"], values["/0/1/3"], values["/0/1/4"], values["/0/1/5"]) == (
        site.uri, identity, b"", secret)
    assert [values[f"/1/0/{number}"] for number in LESHAN_SERVER] == list(LESHAN_SERVER.values())
    assert site.server.registrations[-1].query["lt"] == "86400"


LESHANS = {"/0/0": BOOTSTRAP, "/0/1": SERVER_ID, "/1/0": SERVER_ID}


@either_security
@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_leshan(secured, version):
    """What its wizard makes: DELETE of /0, /1 and /21, its own account in /0/0, that of the server in /0/1
    and /1/0, Finish. It knows no Bootstrap-Pack, which a client of 1.2 asks for first."""
    secured.version = version
    secured.bootstrap.script = [delete("/0"), delete("/1"), delete("/21"), *leshan_writes(secured), finish()]
    secured.start()
    oscore = "4.00" if version == "1.0" else "2.02"     # there is no Object 21 in 1.0
    secured.go_through(["2.02", "2.02", oscore] + ["2.04"] * 4, LESHANS)
    assert_leshans(secured)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_leshan_by_certificate(site, pki, version):
    """The same with X.509 chosen for both; it writes its own credential, too."""
    site.version = version
    own = Certificates(pki, version, pki.bootstrap_localhost, pki.bootstrap_device)
    theirs = Certificates(pki, version, pki.localhost, pki.device)
    site.know(own, theirs)
    site.bootstrap.script = [
        delete("/0"), delete("/1"),
        write("/0/0", leshan_security(site.bootstrap_uri) | own.resources()),
        write("/0/1", leshan_security(site.uri, None, SERVER_ID) | theirs.resources()),
        write("/1/0", LESHAN_SERVER), finish()]
    site.start()
    site.go_through(["2.02"] * 2 + ["2.04"] * 4, LESHANS)
    values = stored(site.daemon)
    assert [values[f"/0/1/{number}"] for number in (3, 4, 5)] == [
        theirs.resources()[number] for number in (3, 4, 5)]


def test_leshan_of_old(site):
    """DELETE / first."""
    site.bootstrap.script = [delete("/"), *leshan_writes(site), finish()]
    site.start()
    site.go_through(["2.02"] + ["2.04"] * 4, LESHANS)
    assert_leshans(site)


def test_leshan_goes_on_after_an_error(site):
    """To any DELETE or write, and finishes all the same."""
    site.bootstrap.script = [
        delete("/0/0"), delete("/9999"), *leshan_writes(site), write("/9999/0", {0: 1}),
        write("/1/0/1", b"soon", TEXT), finish()]
    site.start()
    site.go_through(["4.00", "4.00", "2.04", "2.04", "2.04", "4.00", "4.00", "2.04"], LESHANS)
    assert_leshans(site)


@pytest.mark.parametrize("text", ["no bootstrap config", "Unauthorized", "endpoint name missing"])
def test_leshans_refusals_are_shown(site, text):
    """What it says beside 4.00 is what an operator has to know; somebody then adds the configuration."""
    site.bootstrap.answers.append(Answer(code("4.00"), text.encode()))
    site.bootstrap.script = [delete("/0"), delete("/1"), *leshan_writes(site), finish()]
    site.start()
    name, sentence = site.daemon.wait_property("LastError", lambda error: error[0])
    assert name == "BootstrapRejected" and "4.00" in sentence and text in sentence
    site.assert_registered(1)
    assert accounts(site.daemon) == LESHANS


def found_by(response):
    """Of a Bootstrap-Discover: the Bootstrap-Server Account, the other Security instances, the Servers'."""
    every = [link.split(";") for link in links(response.payload)]
    own = [words[0].strip("<>") for words in every
           if words[0].startswith("</0/") and not any(word.startswith("ssid=") for word in words)]
    names = [words[0].strip("<>") for words in every]
    assert len(own) == 1
    others = [name for name in names if name.startswith("/0/") and name != own[0]]
    return own[0], others, [name for name in names if name.startswith("/1/")]


def leshan_auto_id(site, deletes):
    """Asks with Discover which instance is the Bootstrap Server's; an error to it is the end: Finish."""
    def script(server, run):
        response = server.step(run, discover("/"))
        if response.code_text == "2.05":
            own = int(found_by(response)[0].split("/")[2])
            for step in [*map(delete, deletes), *leshan_writes(site, own, 1 if own == 0 else 0)]:
                server.step(run, step)
        server.step(run, finish())
    return script


@needs_discover
@either_security
@pytest.mark.parametrize("instance_id", [0, 5])
def test_leshan_auto_id(secured, instance_id):
    secured.bootstrap.script = leshan_auto_id(secured, ["/0", "/1"])
    secured.start(instance_id)
    theirs = "/0/1" if instance_id == 0 else "/0/0"
    secured.go_through(["2.05", "2.02", "2.02"] + ["2.04"] * 4,
                       {f"/0/{instance_id}": BOOTSTRAP, theirs: SERVER_ID, "/1/0": SERVER_ID})


def test_leshan_auto_id_without_discover(site):
    """A Finish without a write: 4.06 while there is no account, the next attempt is the remedy; later 2.04,
    and the accounts stay."""
    only_finish = [discover("/1/0"), finish()]      # 4.00, as every error there
    site.bootstrap.script = in_turn(
        only_finish, [delete("/0"), delete("/1"), *leshan_writes(site), finish()], only_finish)
    site.keys = {"timeout": "1s"}
    site.start()
    first = site.bootstrap.wait_run()
    assert first.codes[-1] == "4.06" and first.response(-1).text
    site.daemon.wait_property("LastError", lambda error: error[0] == "InconsistentConfiguration")
    site.assert_registered(1)
    site.daemon.bootstrap()
    assert site.bootstrap.wait_run(3).codes[-1] == "2.04"
    site.assert_registered(2)
    assert accounts(site.daemon) == LESHANS and len(site.server.registrations) == 1


# --- ThingsBoard ---------------------------------------------------------------------------------------

FORMATS = {"none": TLV, "tlv": TLV, "senml-cbor": SENML_CBOR, "senml-json": SENML_JSON,
           "lwm2m-cbor": LWM2M_CBOR}


def thingsboard(site, cf=TLV, uri=None):
    """Discover, a DELETE for each instance that it shows, writes in no order: /1 comes before /0."""
    def script(server, run):
        response = server.step(run, discover("/"))
        own, others, servers = found_by(response) if response.code_text == "2.05" else ("/0/0", [], [])
        for path in [own, *others, *servers]:
            server.step(run, delete(path))
        for path, values in {
                "/1/0": {0: SERVER_ID, 1: 300, 2: 1, 6: True, 7: "U"},
                "/0/1": leshan_security(uri or site.uri, site.server_key, SERVER_ID),
                own: leshan_security(site.bootstrap_uri, site.bootstrap_key)}.items():
            server.step(run, write(path, values, cf))
        server.step(run, finish())
    return script


@needs_discover
@either_security
@pytest.mark.parametrize("preferred", FORMATS)
def test_thingsboard(site, preferred, secure):
    """One key for both servers; `pct` decides the format. DELETE of our own is 4.00, and it goes on."""
    if secure:
        site.secure(SERVER_KEYS[0], SERVER_KEYS[0])
    site.keys = {"preferred_content_format": preferred}
    site.bootstrap.script = thingsboard(site, FORMATS[preferred])
    site.start()
    site.go_through(["2.05", "4.00"] + ["2.04"] * 4, LESHANS,
                    again=["2.05", "4.00", "2.02", "2.02"] + ["2.04"] * 4)
    request = site.bootstrap.bootstrap_requests()[0].message
    assert request.query.get("pct") == (None if preferred == "none" else str(FORMATS[preferred]))
    assert site.server.registrations[-1].query["lt"] == "300"


@needs_discover
def test_thingsboard_writes_a_uri_with_port_0(site):
    """Nobody has set the port: 4.06 names the Resource, nothing is kept, and the next attempt is right."""
    site.bootstrap.script = in_turn(thingsboard(site, uri="coap://localhost:0"), thingsboard(site))
    site.keys = {"timeout": "1s"}
    site.start()
    refused = site.bootstrap.wait_run()
    assert refused.codes[-1] == "4.06" and "/0/1/0" in refused.response(-1).text
    name, sentence = site.daemon.wait_property("LastError", lambda error: error[0])
    assert name == "InconsistentConfiguration" and "/0/1/0" in sentence
    site.assert_registered(1)
    assert accounts(site.daemon) == LESHANS


@needs_discover
def test_thingsboard_of_old_reads_what_it_may_not(site):
    """Read of /1 and /0 after the Discover; the second is refused, and it goes on."""
    later = thingsboard(site)

    def script(server, run):
        for path in ("/1", "/0"):
            server.step(run, read(path, accept=TLV))
        later(server, run)
    site.bootstrap.script = script
    site.start()
    site.go_through(["2.05", "4.05", "2.05", "4.00"] + ["2.04"] * 4, LESHANS,
                    again=["2.05", "4.05", "2.05", "4.00", "2.02", "2.02"] + ["2.04"] * 4)


# --- Coiote --------------------------------------------------------------------------------------------


@either_security
@pytest.mark.parametrize("instance_id", [0, 1])
@pytest.mark.parametrize("preferred", FORMATS)
def test_coiote(secured, instance_id, preferred):
    """Takes /0/1 for the Bootstrap-Server Account, wherever ours is, and /0/2, /1/2 for its own; in the end
    there is one Bootstrap-Server Account."""
    cf = FORMATS[preferred]
    secured.keys = {"preferred_content_format": preferred}
    identity, secret = credentials(secured.bootstrap_key)
    mode = 0 if secured.server_key else 3
    own = {0: secured.bootstrap_uri, 1: True, 2: mode, 3: identity, 4: b"", 5: secret}
    identity, secret = credentials(secured.server_key)
    theirs = {0: secured.uri, 1: False, 2: mode, 3: identity, 4: b"", 5: secret, 10: SERVER_ID}
    secured.bootstrap.script = [
        write("/0/1", own, cf), write("/0/2", theirs, cf),
        write("/1/2", {0: SERVER_ID, 1: 3600, 6: True, 7: "U"}, cf), finish()]
    secured.start(instance_id)
    secured.go_through(["2.04"] * 4, {"/0/1": BOOTSTRAP, "/0/2": SERVER_ID, "/1/2": SERVER_ID})


# --- 1NCE ----------------------------------------------------------------------------------------------

SERVER_ID_1NCE = 1111
ACCOUNTS_1NCE = {"/0/0": SERVER_ID_1NCE, "/0/1": BOOTSTRAP, "/1/0": SERVER_ID_1NCE}


def writes_1nce(site):
    """Onto /0/0, where ours is."""
    identity, secret = credentials(site.server_key)
    keys = {3: identity, 5: secret} if site.server_key else {}
    return [write("/0/0", {0: site.uri, 1: False, 2: 0 if keys else 3, 10: SERVER_ID_1NCE} | keys),
            write("/1/0", {0: SERVER_ID_1NCE, 1: 86400, 2: 1, 6: True, 7: "U"}), finish()]


@either_security
def test_1nce(secured, secure):
    """Its account comes to /0/0: ours moves to the lowest free id. The key is another at each bootstrap."""
    secured.bootstrap.script = writes_1nce(secured)
    secured.start()

    def renew():
        if secure:
            secured.front.set_key(*SERVER_KEYS[1])
            secured.server_key = SERVER_KEYS[1]
            secured.bootstrap.script = writes_1nce(secured)
    secured.go_through(["2.04"] * 3, ACCOUNTS_1NCE, between=renew)
    values = stored(secured.daemon)
    assert values["/0/0/0"] == secured.uri and values["/1/0/2"] == 1
    if secure:
        assert (values["/0/0/3"], values["/0/0/5"]) == credentials(SERVER_KEYS[1])


def test_1nce_resource_by_resource(site):
    """As its manual lists them; our account is found again although it was overwritten bit by bit."""
    texts = {"/0/0/0": site.uri, "/0/0/1": "0", "/0/0/2": "3", "/0/0/10": "1111",
             "/1/0/0": "1111", "/1/0/1": "86400", "/1/0/2": "1", "/1/0/6": "1", "/1/0/7": "U"}
    site.bootstrap.script = [*(write(path, text.encode(), TEXT) for path, text in texts.items()), finish()]
    site.start()
    site.go_through(["2.04"] * 10, ACCOUNTS_1NCE)


# --- wakaama -------------------------------------------------------------------------------------------


def wakaama_writes(uri, key, ssid):
    """Two instances whose id is the Short Server ID; the Resources in wakaama's order."""
    identity, secret = credentials(key)
    security = {0: uri, 1: False, 10: ssid, 2: 0 if key else 3} | ({3: identity, 5: secret} if key else {})
    return [write(f"/0/{ssid}", security), write(f"/1/{ssid}", {0: ssid, 1: 300, 6: False, 7: "U"})]


@pytest.mark.parametrize("deletes", [["/0", "/1"], ["/"]])
@either_security
def test_wakaama(secured, deletes):
    """DELETE as its ini file says, two servers for one endpoint, TLV; one of them never has a key."""
    other = secured.peers.server()
    secured.bootstrap.script = [
        *map(delete, deletes), *wakaama_writes(secured.uri, secured.server_key, 3),
        *wakaama_writes(other.uri, None, 2), finish()]
    secured.start()
    secured.go_through(["2.02"] * len(deletes) + ["2.04"] * 5,
                       {"/0/0": BOOTSTRAP, "/0/2": 2, "/0/3": 3, "/1/2": 2, "/1/3": 3})
    for server in (secured.server, other):
        assert server.registrations[-1].active


# --- others --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bootstrap_key, server_key", [(BOOTSTRAP_KEY, None), (None, SERVER_KEYS[0])],
                         ids=["bootstrap-psk", "server-psk"])
def test_cumulocity(site, bootstrap_key, server_key):
    """The security of the two servers is chosen for each."""
    site.secure(bootstrap_key, server_key)
    site.bootstrap.script = [delete("/0"), delete("/1"), *leshan_writes(site), finish()]
    site.start()
    site.go_through(["2.02"] * 2 + ["2.04"] * 4, LESHANS)


@pytest.mark.parametrize("by", ["nosec", "certificate"])
def test_nokia(site, pki, by):
    """Identity and key of the LwM2M Server are made by it, and nothing else is written; itself it has
    certificates."""
    site.secure(bootstrap_key=None)
    if by == "certificate":
        site.know(Certificates(pki, site.version, pki.localhost, pki.device), None)
    identity, secret = credentials(site.server_key)
    site.bootstrap.script = [
        write("/0/1", {0: site.uri, 1: False, 2: 0, 3: identity, 5: secret, 10: 1}),
        write("/1/0", {0: 1, 1: 86400, 6: True, 7: "U"}), finish()]
    site.start()
    site.go_through(["2.04"] * 3, {"/0/0": BOOTSTRAP, "/0/1": 1, "/1/0": 1})
    assert site.daemon.get("BootstrapSecurityMode") == by
    assert site.daemon.get_server(1, "SecurityMode") == "psk"


@pytest.mark.parametrize("by", ["nosec", "certificate"])
@pytest.mark.parametrize("cf", [TLV, SENML_CBOR, SENML_JSON], ids=["tlv", "senml-cbor", "senml-json"])
def test_izuma(site, pki, cf, by):
    """A URI with a query, which stands in each Register; private Resources in /0 are skipped. It has
    certificates from the factory, and writes those for the LwM2M Server."""
    keys = {2: 3, 3: b"", 4: b"", 5: b""}
    if by == "certificate":
        theirs = Certificates(pki, site.version, pki.localhost, pki.device)
        site.know(Certificates(pki, site.version, pki.bootstrap_localhost, pki.bootstrap_device), theirs)
        keys = theirs.resources()
    uri = f"{site.uri}?aid=0123456789abcdef"
    security = {0: uri, 1: False, **keys, 10: 1}
    private = {1000: b"private", 32000: "more", 32001: 7}
    site.bootstrap.script = [
        delete("/0"), write("/0/1", security | private, cf),
        write("/1/0", {0: 1, 1: 3600, 6: True, 7: "U"}, cf), finish()]
    site.start()
    site.go_through(["2.02", "2.04", "2.04", "2.04"], {"/0/0": BOOTSTRAP, "/0/1": 1, "/1/0": 1})
    assert stored(site.daemon)["/0/1/0"] == uri
    assert not {f"/0/1/{number}" for number in private} & set(stored(site.daemon))
    assert all(each.query["aid"] == "0123456789abcdef" for each in site.server.registrations)
    assert site.daemon.get_server(1, "SecurityMode") == by


@either_security
def test_devicewise(secured):
    """Several LwM2M Servers in one bootstrap: each is registered with."""
    others = [secured.peers.server() for _ in range(2)]
    writes = [write("/0/1", leshan_security(secured.uri, secured.server_key, 1)),
              write("/1/0", LESHAN_SERVER | {0: 1})]
    for ssid, each in enumerate(others, 2):
        writes += [write(f"/0/{ssid}", leshan_security(each.uri, None, ssid)),
                   write(f"/1/{ssid - 1}", LESHAN_SERVER | {0: ssid})]
    secured.bootstrap.script = [delete("/0"), delete("/1"), *writes, finish()]
    secured.start()
    secured.go_through(["2.02"] * 2 + ["2.04"] * 7, {
        "/0/0": BOOTSTRAP, "/0/1": 1, "/0/2": 2, "/0/3": 3, "/1/0": 1, "/1/1": 2, "/1/2": 3})
    assert all(each.registrations[-1].active for each in (secured.server, *others))
