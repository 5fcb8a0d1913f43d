# SPDX-License-Identifier: Apache-2.0
"""Which servers a client connects to, and what it says of the others: the rows of certificate_rows.py."""
import datetime

import pytest

from certificate_rows import CONNECTS, EXPIRED, NAMED, NOT_YET_VALID, ROWS
from certificate_run import play
from dtls_peer import certificate_modes
from harness import HASTY_COAP, certified, settings
from lwm2m_peer import account, finish

DAYS = {EXPIRED: -10, NOT_YET_VALID: 10}    # of pki.py's


@pytest.fixture(scope="module")
def outcomes(request, pki, tmp_path_factory):
    """Of the rows whose tests are run."""
    rows = [item.callspec.params["row"] for item in request.session.items if "row" in item.fixturenames]
    return play(rows, tmp_path_factory.mktemp("rows"), pki)


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(outcomes, row):
    outcome = outcomes[row]
    name, sentence = outcome.error
    if row.ends == CONNECTS:
        assert (outcome.state, outcome.error) == ("registered", ("", ""))
    else:
        assert name in (row.ends, *row.names), outcome
        assert row.words in sentence and not outcome.connected
        if name in DAYS:
            assert day(DAYS[name]) in sentence
    if row.mode == 3:
        return
    assert not outcome.connected or outcome.cipher == outcome.connected[2]
    if row.ends == CONNECTS:
        host = "-" if row.case is None or row.case.host == "127.0.0.1" else row.case.host
        assert outcome.connected[3] == (row.server_name or host), "SNI: /0/x/14, else the URI's name"
        subject = "CN=device" if {"insist", "ask"} & set(row.modes) and row.case.device else "-"
        assert outcome.connected[7:] == [subject]
    if row.suites:
        offered = [int(number, 16) for number in outcome.hello[2].split(",")]
        assert [suite for suite in offered if suite != 0xff] == list(row.suites)


@pytest.mark.parametrize("usage, names", [(usage, names) for usage in range(4) for names in (True, False)])
def test_bootstrap_server_of_the_configuration(daemon, peers, pki, server, usage, names):
    """The same for the Bootstrap-Server Account, whose certificates are files."""
    shown = pki.good if names else pki.wrong_name
    pinned = shown if usage in (1, 3) else pki.root
    bootstrap = peers.bootstrap([*account(server.uri), finish()])
    front = peers.terminator(bootstrap.port, "", "", *certificate_modes(shown, pki.intermediate), "insist",
                             f"ca={pki.root.certificate_file}")
    config = settings(coap=HASTY_COAP)
    config["bootstrap"]["server"] = certified(
        front.uri, pki.device, server_certificate_file=pinned.certificate_file, certificate_usage=usage,
        server_name=NAMED)
    config["trust_store"] = pki.root.certificate_file
    daemon.start(config)
    if names or usage in (1, 3):
        daemon.wait_status("registered")
        assert front.wait_event("connected")[1][7:] == [pki.device.subject]
        assert daemon.get("BootstrapSecurityMode") == "certificate"
    else:
        name, sentence = daemon.wait_property("LastError", lambda error: error[0])
        assert name == "CertificateNameMismatch" and NAMED in sentence and front.uri in sentence
        assert not bootstrap.records and not front.count("connected")
