#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which servers a client connects to, by credentials: the rows that test_certificates.py plays, and the
tables of lwm2m-client-certificates(7) that are made from them.

certificate_rows.py --page    do the page's tables stand as the rows say?
certificate_rows.py --write   makes them anew

Certificates are named as in pki.py. A Case is what the server shows; it becomes a Row for each Certificate
Usage and Matching Type.
"""
import dataclasses
import os
import sys

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "man",
                    "lwm2m-client-certificates.7.rst")

CONNECTS = "connects"
EXPIRED, NOT_YET_VALID, WRONG_NAME, UNTRUSTED, MISMATCH = (
    "CertificateExpired", "CertificateNotYetValid", "CertificateNameMismatch", "CertificateUntrusted",
    "CertificateMismatch")
NAMED = "server.example.org"    # Pki's NAME: what /0/x/14 says unless a case is about names

CCM_8, GCM, PSK_GCM = 0xc0ae, 0xc02b, 0x00a8
IDENTITY, KEY = "my-device", "000102030405060708090a0b0c0d0e0f"
LONG_IDENTITY = "urn:dev:ops:32473-" + "i" * 237      # 255 bytes
LONG_KEY = "f5" * 64


@dataclasses.dataclass(frozen=True)
class Case:
    """A server with certificates; what comes of it with each Certificate Usage, None: not of interest."""
    title: str
    sends: tuple                    # its chain, leaf first
    ends: tuple                     # usage 0..3
    words: str = ""                 # of the sentence of a refusal
    anchors: tuple = ("root", None, "root", None)   # /0/x/4 with usage 0..3; None: the leaf
    host: str = "localhost"         # of the URI
    server_name: str = NAMED        # /0/x/14
    hashed: bool = False            # all Matching Types, else 0 alone
    device: str = "device"          # the client's certificate; None: it has none
    trusts: bool = True             # trust_store holds the root; else it is `none`
    modes: tuple = ()               # of the Terminator
    suites: tuple = ()              # /0/x/16


@dataclasses.dataclass(frozen=True)
class Row:
    """One account and its server."""
    title: str
    mode: int                       # Security Mode
    ends: str
    words: str
    case: Case = None               # with certificates
    usage: int = 3
    matching: int = 0
    anchor: str = ""
    sends: tuple = ()
    identity: str = IDENTITY        # of the account in PSK; the server has IDENTITY and KEY unless told
    key: str = KEY
    server_psk: tuple = (IDENTITY, KEY)
    modes: tuple = ()
    suites: tuple = ()
    server_name: str = ""
    names: tuple = ()               # others that the end may have, where that is up to OpenSSL

    @property
    def id(self):
        kind = f"-usage{self.usage}-matching{self.matching}" if self.case else ""
        return f"mode{self.mode}-{self.title}{kind}".replace(" ", "_")


def refused(name):
    """By whatever looks at the certificate; a pin does not."""
    return (name, name, name, CONNECTS)


def misnamed():
    """A certificate that /0/x/4 names needs no name (Core TS, 5.2.8.7)."""
    return (WRONG_NAME, CONNECTS, WRONG_NAME, CONNECTS)


ALL = (CONNECTS,) * 4
GOOD = ("good", "intermediate")
OF_GOOD = ("root", "good", "root", "good")

CASES = [
    # The kinds that each Certificate Usage has to tell apart, with each Matching Type.
    Case("as it should be", GOOD, ALL, hashed=True),
    Case("renewed by the same CA", ("renewed", "intermediate"),
         (CONNECTS, MISMATCH, CONNECTS, MISMATCH), "CN=renewed", anchors=OF_GOOD, hashed=True),
    Case("/0/x/4 is of somebody else", GOOD, (MISMATCH, MISMATCH, UNTRUSTED, MISMATCH),
         anchors=("other_root", "wildcard", "other_root", "wildcard"), hashed=True),
    Case("another name", ("wrong_name", "intermediate"), misnamed(), NAMED, hashed=True),
    Case("wildcard for the name", ("wildcard", "intermediate"), ALL, hashed=True),
    Case("IP address as in the URI", ("address", "intermediate"), ALL, host="127.0.0.1", server_name="",
         hashed=True),
    Case("CA that is not ours", ("by_other_root", "other_root"), refused(UNTRUSTED), "CN=other_root",
         hashed=True),
    Case("intermediate is not sent", ("good",), refused(UNTRUSTED), "CN=good", hashed=True),
    Case("expired", ("expired", "intermediate"), refused(EXPIRED), "CN=expired", hashed=True),
    Case("not yet valid", ("not_yet_valid", "intermediate"), refused(NOT_YET_VALID), "CN=not_yet_valid",
         hashed=True),
    Case("self-signed", ("self_signed",), (UNTRUSTED, UNTRUSTED, CONNECTS, CONNECTS), "CN=self_signed",
         anchors=(None,) * 4, hashed=True),
    Case("chain of three in another order", ("deep", "root", "intermediate", "second_intermediate"), ALL,
         hashed=True),
    Case("leaf is not the first", ("intermediate", "good"), (WRONG_NAME, MISMATCH, WRONG_NAME, MISMATCH),
         "CN=intermediate", anchors=OF_GOOD, modes=("other-key=good",), hashed=True),
    # Paths.
    Case("chain of three", ("deep", "second_intermediate", "intermediate"), ALL),
    Case("leaf alone, its CA in /0/x/4", ("good",), (None, None, CONNECTS, None),
         anchors=(None, None, "intermediate", None)),
    Case("/0/x/4 is the intermediate", GOOD, (CONNECTS, None, CONNECTS, None),
         anchors=("intermediate", None, "intermediate", None)),
    Case("/0/x/4: a CA not in trust_store", ("by_other_root", "other_root"),
         (UNTRUSTED, None, CONNECTS, None), "CN=other_root",
         anchors=("other_root", None, "other_root", None)),
    Case("CA that bears the name of ours", ("by_false_root", "false_root"), refused(UNTRUSTED),
         "CN=by_false_root"),
    Case("signed by no CA", ("by_leaf", "good", "intermediate"), refused(UNTRUSTED), "CN=good"),
    Case("intermediate has expired", ("by_expired", "expired_intermediate"), refused(EXPIRED),
         "CN=expired_intermediate"),
    Case("self-signed and expired", ("self_signed_expired",), (None, None, EXPIRED, CONNECTS),
         "CN=self_signed_expired", anchors=(None,) * 4),
    Case("trust_store: none", GOOD, (UNTRUSTED, UNTRUSTED, CONNECTS, CONNECTS), "trust_store: none",
         trusts=False),
    # Names.
    Case("wildcard one level above", ("wildcard_above", "intermediate"), misnamed(), NAMED),
    Case("another IP address", ("other_address", "intermediate"), misnamed(), "127.0.0.1",
         host="127.0.0.1", server_name=""),
    Case("a name, the URI has an address", GOOD, misnamed(), "127.0.0.1", host="127.0.0.1",
         server_name=""),
    Case("name in /0/x/14, address in URI", GOOD, ALL, host="127.0.0.1"),
    Case("name as in the URI", ("localhost", "intermediate"), ALL, server_name=""),
    Case("name of the URI, not /0/x/14", ("localhost", "intermediate"), misnamed(), NAMED),
    Case("name in the subject alone", ("common_name_only", "intermediate"), ALL),
    Case("name in subject, others beside", ("common_name_besides", "intermediate"), misnamed(),
         NAMED),
    # What a certificate is for.
    Case("for clients only", ("client_only", "intermediate"), refused(UNTRUSTED), "CN=client_only"),
    Case("key may not sign", ("encipherment_only", "intermediate"), refused(UNTRUSTED),
         "CN=encipherment_only"),
    Case("says nothing of its use", ("any_use", "intermediate"), ALL),
    Case("RSA key", ("rsa", "intermediate"), ALL),
    Case("has no certificate, only a PSK", (), ("NoSharedCipher",) * 4, anchors=OF_GOOD),
    Case("anonymous", (), ("NoSharedCipher",) * 4, anchors=OF_GOOD, modes=("ciphers=aNULL:@SECLEVEL=0",)),
]

# What the client brings, whatever the Certificate Usage.
CLIENT_CASES = [
    Case("wants a certificate and gets it", GOOD, ALL, modes=("insist", "ca=root")),
    Case("must have one, there is none", GOOD, ("HandshakeFailed",) * 4, "client certificate",
         device=None, modes=("insist", "ca=root")),
    Case("must have one of another CA", GOOD, ("HandshakeFailed",) * 4, "unknown_ca",
         modes=("insist", "ca=other_root")),
    Case("asks for one, there is none", GOOD, ALL, device=None, modes=("ask",)),
    Case("/0/x/16 is what it takes", GOOD, ALL, modes=("ciphers=ECDHE-ECDSA-AES128-GCM-SHA256",),
         suites=(GCM,)),
    Case("/0/x/16 is the specification's", GOOD, ALL,
         modes=("ciphers=ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0",), suites=(CCM_8,)),
    Case("/0/x/16 is not what it takes", GOOD, ("NoSharedCipher",) * 4,
         modes=("ciphers=ECDHE-ECDSA-AES128-CCM",), suites=(GCM,)),
]

OTHERS = [
    Row("no security", 3, CONNECTS, ""),
    Row("as it should be", 0, CONNECTS, ""),
    Row("unknown identity", 0, "PskIdentityUnknown", "", identity="somebody-else"),
    Row("wrong key", 0, "Timeout", "", key="ff" * 16, names=("DecryptError",)),
    Row("identity of 255 bytes, key of 64", 0, CONNECTS, "", identity=LONG_IDENTITY, key=LONG_KEY,
        server_psk=(LONG_IDENTITY, LONG_KEY)),
    Row("/0/x/16 is what it takes", 0, CONNECTS, "", suites=(PSK_GCM,),
        modes=("ciphers=PSK-AES128-GCM-SHA256",)),
    Row("/0/x/16 is not what it takes", 0, "NoSharedCipher", "", suites=(PSK_GCM,),
        modes=("ciphers=PSK-AES128-CCM",)),
    Row("name in /0/x/14", 0, CONNECTS, "", server_name=NAMED),
    Row("has certificates alone", 0, "NoSharedCipher", "", sends=GOOD, server_psk=("", "")),
    Row("never answers", 0, "Timeout", "", modes=("silent",)),
]


def rows_of(case):
    for usage in range(4):
        for matching in range(4 if case.hashed else 1):
            if case.ends[usage] is None:
                continue
            anchor = case.anchors[usage] or case.sends[0]
            sends = case.sends
            # A trust anchor that is known by its hash has to be sent (RFC 7671 5.2.2).
            if usage == 2 and matching and anchor not in sends:
                sends += (anchor,)
            yield Row(case.title, 2, case.ends[usage], case.words, case, usage, matching, anchor, sends,
                      modes=case.modes, suites=case.suites, server_name=case.server_name)


CERTIFICATE_ROWS = [row for case in CASES + CLIENT_CASES for row in rows_of(case)]
ROWS = OTHERS + CERTIFICATE_ROWS


# --- the page ------------------------------------------------------------------------------------------


def table(rows):
    """A literal block: rst2man would make each column narrower than what stands in it."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rule = ["-" * width for width in widths]
    return "::\n\n" + "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for row in (rows[0], rule, *rows[1:]))


def lines_of(case):
    """A line for each end, with the Certificate Usages that have it."""
    title = case.title
    for end in dict.fromkeys(filter(None, case.ends)):
        yield [title, " ".join(str(usage) for usage in range(4) if case.ends[usage] == end), end]
        title = ""


def table_of_cases(hashed):
    return table([["The server's certificate", "usage", "the client"],
                  *(line for case in CASES if case.hashed == hashed for line in lines_of(case))])


def table_of_clients():
    return table([["The server", "the client"],
                  *([case.title, case.ends[0]] for case in CLIENT_CASES)])


def table_of_psk():
    return table([["The server", "the client"],
                  *([row.title, " or ".join((row.ends, *row.names))]
                    for row in OTHERS if row.mode == 0)])


def page(text):
    parts = {"each Matching Type": table_of_cases(True), "exact": table_of_cases(False),
             "client": table_of_clients(), "psk": table_of_psk()}
    for name, written in parts.items():
        head, mark, rest = text.partition(f".. certificate_rows.py writes: {name}\n")
        assert mark, name
        text = head + mark + "\n" + written + "\n\n" + rest[rest.index(".. until here"):]
    return text


def main(words):
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    if words == ["--write"]:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page(text))
    elif words != ["--page"]:
        sys.exit(__doc__)
    elif page(text) != text:
        sys.exit("the page's tables are others: certificate_rows.py --write")


if __name__ == "__main__":
    main(sys.argv[1:])
