# SPDX-License-Identifier: Apache-2.0
"""`--check-config` finds what people do wrong with certificates and keys, with line and column."""
import base64
import os
import re
import subprocess

import pytest

from pki import CLIENT_AUTH, KEY_ENCIPHERMENT, NAME, RSA, SERVER_AUTH, Key, openssl
from test_check_config import run, write

CERTIFICATE, KEY, SERVER, SUITES = (
    "certificate_file", "private_key_file", "server_certificate_file", "cipher_suites")
OWN = {"certificate_file": "device.pem", "private_key_file": "device.key"}
PINNED = {"server_certificate_file": "server.pem"}
CA = {"server_certificate_file": "ca.pem", "certificate_usage": "trust-anchor-assertion"}
ECDSA, ECDHE_RSA, PSK = ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                         "TLS_PSK_WITH_AES_128_CCM_8")
MOMENT = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC"


class Files:
    """What a case may put into its folder."""

    def __init__(self, folder, pki):
        self.folder, self.pki = folder, pki
        self.certificates("device.pem", pki.device)
        self.put("device.key", pki.device.key.pem, 0o600)
        self.certificates("server.pem", pki.good)
        self.certificates("ca.pem", pki.root)

    def put(self, name, content, mode=0o644):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)

    def certificates(self, name, *chain):
        self.put(name, "".join(each.pem for each in chain))

    def own(self, name, **keywords):
        """Another certificate of the client, made for the case."""
        keywords = {"names": [], "extended": [CLIENT_AUTH], **keywords}
        made = self.pki.issue(f"device-{name}", self.pki.root, common_name="device", **keywords)
        self.certificates("device.pem", made)
        self.put("device.key", made.key.pem, 0o600)
        return made


def text_of(keys):
    """Each key has a line of its own, from line 5 on."""
    lines = [f"    {key}: {value}\n" for key, value in keys.items()]
    return ("endpoint: device\nbootstrap:\n  server:\n"
            f"    uri: coaps://{NAME}\n    security_mode: certificate\n" + "".join(lines))


def place(keys, key):
    return f"{6 + list(keys).index(key)}:{5 + len(key) + 2}"


def check(folder, keys):
    name = write(folder, text_of(keys))
    result = run(folder, "--check-config", f"--config={name}")
    assert result.stdout == b""
    return result.returncode, result.stderr.decode().replace(f"{name}:", "")


def names(key, pattern):
    return key, f"'{key}' names a file that {pattern}"


# Each: what is done to the files; the keys; errors and warnings as (key, pattern of the sentence).
def expired(files):
    files.own("expired", days=(-20, -10))


def not_yet_valid(files):
    files.own("not-yet", days=(10, 20))


def ca_as_leaf(files):
    files.own("ca", ca=True)


def without_digital_signature(files):
    files.own("encipherment", usage=KEY_ENCIPHERMENT)


def without_client_auth(files):
    files.own("server-auth", extended=[SERVER_AUTH])


def of_another_name(files):
    made = files.pki.issue("gateway", files.pki.root, names=[], extended=[CLIENT_AUTH])
    files.certificates("device.pem", made)
    files.put("device.key", made.key.pem, 0o600)


def rsa(files):
    files.own("rsa", kind=RSA)


def other_key(files):
    files.put("device.key", files.pki.other_device.key.pem, 0o600)


def swapped(files):
    files.put("device.pem", files.pki.device.key.pem, 0o600)
    files.put("device.key", files.pki.device.pem, 0o600)


def passphrase(files):
    files.put("device.key", files.pki.device.key.encrypted_pem("secret"), 0o600)


def old_passphrase(files):
    files.put("device.key", openssl("ec", "-aes128", "-passout", "pass:secret",
                                    data=files.pki.device.key.pem.encode()), 0o600)


def public_key(files):
    files.put("device.key", openssl("pkey", "-pubout", data=files.pki.device.key.pem.encode()), 0o600)


def edwards(files):
    files.put("device.key", Key(["-algorithm", "ED25519"]).pem, 0o600)


def short_rsa(files):
    files.put("device.key", Key(["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]).pem, 0o600)


def request(files):
    files.put("device.pem", openssl("req", "-new", "-key", files.pki.device.key_file, "-subj", "/CN=device"))


def pkcs12(files):
    device = files.pki.device
    files.put("device.pem", openssl("pkcs12", "-export", "-in", device.certificate_file,
                                    "-inkey", device.key_file, "-passout", "pass:"))


def hexadecimal(files):
    files.put("device.pem", files.pki.device.der.hex() + "\n")


def bare_base64(files):
    files.put("device.key", base64.encodebytes(files.pki.device.key.pkcs8), 0o600)


def utf16(files):
    files.put("device.pem", files.pki.device.pem.encode("utf-16"))


def empty(files):
    files.put("device.pem", "")


def only_blanks(files):
    files.put("device.pem", "\n\n")


def cut_pem(files):
    files.put("device.pem", files.pki.device.pem[:-40])


def cut_der(files):
    files.put("device.pem", files.pki.device.der[:-10])


def garbage_behind_der(files):
    files.put("device.pem", files.pki.device.der + b"garbage")


def chain_backwards(files):
    made = files.pki.issue("deep", files.pki.intermediate, common_name="device", names=[],
                           extended=[CLIENT_AUTH])
    files.certificates("device.pem", files.pki.intermediate, made)
    files.put("device.key", made.key.pem, 0o600)


def chain_of_strangers(files):
    files.certificates("device.pem", files.pki.device, files.pki.intermediate)


def chain_with_expired_ca(files):
    made = files.pki.issue("under-expired", files.pki.expired_intermediate, common_name="device", names=[],
                           extended=[CLIENT_AUTH])
    files.certificates("device.pem", made, files.pki.expired_intermediate)
    files.put("device.key", made.key.pem, 0o600)


def large(files):
    files.certificates("device.pem", *[files.pki.device] * 60)


def nine(files):
    files.certificates("device.pem", files.pki.device, *[files.pki.root] * 8)


def open_key(files):
    files.put("device.key", files.pki.device.key.pem, 0o644)


def key_beside_certificate(files):
    files.put("device.pem", files.pki.device.pem + files.pki.device.key.pem, 0o644)


def writable_certificate(files):
    files.put("device.pem", files.pki.device.pem, 0o666)


def own_as_server(files):
    files.certificates("server.pem", files.pki.device)


def server_key(files):
    files.put("server.pem", files.pki.good.key.pem)


def expired_ca(files):
    files.certificates("ca.pem", files.pki.expired_intermediate)


def expired_server(files):
    files.certificates("server.pem", files.pki.expired)


def leaf_as_ca(files):
    files.certificates("ca.pem", files.pki.good)


def ca_as_server(files):
    files.certificates("server.pem", files.pki.root)


def client_as_server(files):
    files.certificates("server.pem", files.pki.client_only)


def rsa_server(files):
    files.certificates("server.pem", files.pki.rsa)


def nothing(_):
    pass


MISTAKES = [
    (expired, PINNED,
     [],
     [(CERTIFICATE, rf"the client's certificate \(CN=device\) has expired, it was valid until {MOMENT}")]),
    (not_yet_valid, PINNED,
     [],
     [(CERTIFICATE, rf"the client's certificate \(CN=device\) is not valid yet, it will be from {MOMENT} "
                    "on")]),
    (ca_as_leaf, PINNED,
     [],
     [(CERTIFICATE, r"the client's certificate \(CN=device\) is a CA's, a server may refuse it as a "
                    "client's")]),
    (without_digital_signature, PINNED,
     [],
     [(CERTIFICATE, r"the client's certificate \(CN=device\) lacks the key usage digitalSignature, a "
                    "server may refuse it")]),
    (without_client_auth, PINNED,
     [],
     [(CERTIFICATE, r"the client's certificate \(CN=device\) lacks the extended key usage clientAuth, a "
                    "server may refuse it")]),
    (of_another_name, PINNED,
     [],
     [(CERTIFICATE, "the client's certificate is for gateway, 'endpoint' is device: a server may refuse "
                    "that")]),
    (rsa, {**PINNED, "cipher_suites": f"[{ECDSA}]"},
     [],
     [(SUITES, "'cipher_suites' has none for the client's key, RSA 2048: a server may refuse it")]),
    (nothing, {**PINNED, "cipher_suites": f"[{ECDHE_RSA}]"},
     [],
     [(SUITES, "'cipher_suites' has none for the server's certificate, whose key is EC secp256r1"),
      (SUITES, "'cipher_suites' has none for the client's key, EC secp256r1: a server may refuse it")]),
    (rsa_server, {**PINNED, "cipher_suites": f"[{ECDSA}]"},
     [],
     [(SUITES, "'cipher_suites' has none for the server's certificate, whose key is RSA 2048")]),
    (nothing, {**PINNED, "cipher_suites": f"[{ECDSA}, {PSK}]"},
     [],
     [(SUITES, f"'cipher_suites': {PSK} has no use with 'security_mode: certificate'")]),
    (nothing, {**CA, "cipher_suites": f"[{PSK}]"},
     [(SUITES, "'cipher_suites' has none for 'security_mode: certificate'")],
     [(SUITES, "'cipher_suites' has none for the client's key, EC secp256r1: a server may refuse it")]),
    (other_key, PINNED,
     [(KEY, "the private key does not belong to the certificate")],
     []),
    (swapped, PINNED,
     [names(CERTIFICATE, "is a private key, not a certificate"),
      names(KEY, "is a certificate, not a private key")],
     []),
    (passphrase, PINNED,
     [names(KEY, "is encrypted with a passphrase; .*")],
     []),
    (old_passphrase, PINNED,
     [names(KEY, "is encrypted with a passphrase; .*")],
     []),
    (public_key, PINNED,
     [names(KEY, "is a public key, not a private one")],
     []),
    (edwards, PINNED,
     [names(KEY, "is neither an EC nor an RSA key")],
     []),
    (short_rsa, PINNED,
     [names(KEY, "is too short; .*")],
     []),
    (request, PINNED,
     [names(CERTIFICATE, "is a certificate signing request, .*")],
     []),
    (pkcs12, PINNED,
     [names(CERTIFICATE, "is a PKCS#12 archive; .*")],
     []),
    (hexadecimal, PINNED,
     [names(CERTIFICATE, "is hexadecimal text, PEM or DER is needed")],
     []),
    (bare_base64, PINNED,
     [names(KEY, r"is Base64 without the lines -----BEGIN \.\.\.----- and -----END \.\.\.----- around it")],
     []),
    (utf16, PINNED,
     [names(CERTIFICATE, "is UTF-16 text, PEM is ASCII")],
     []),
    (empty, PINNED,
     [names(CERTIFICATE, "is empty")],
     []),
    (only_blanks, PINNED,
     [names(CERTIFICATE, "holds no certificate in PEM or DER")],
     []),
    (cut_pem, PINNED,
     [names(CERTIFICATE, "is damaged PEM")],
     []),
    (cut_der, PINNED,
     [names(CERTIFICATE, "holds no certificate in PEM or DER")],
     []),
    (garbage_behind_der, PINNED,
     [names(CERTIFICATE, "holds further bytes behind the DER")],
     []),
    (chain_backwards, PINNED,
     [(KEY, "the private key belongs to certificate 2 of the file, the client's own has to stand first")],
     [(CERTIFICATE, r"the client's certificate \(CN=intermediate\) is a CA's, .*"),
      (CERTIFICATE, r"certificate 2 of the file \(CN=device\) is not the CA of the one before it, .*")]),
    (chain_of_strangers, PINNED,
     [],
     [(CERTIFICATE, r"certificate 2 of the file \(CN=intermediate\) is not the CA of the one before it, "
                    "whose issuer is CN=root")]),
    (chain_with_expired_ca, PINNED,
     [],
     [(CERTIFICATE, r"certificate 2 of the file \(CN=expired_intermediate\) has expired, it was valid "
                    f"until {MOMENT}")]),
    (large, PINNED,
     [names(CERTIFICATE, "is too large")],
     []),
    (nine, PINNED,
     [names(CERTIFICATE, "holds more than 8 certificates")],
     []),
    (open_key, PINNED,
     [],
     [(KEY, r"the private key file is open to other users \(mode 0644\), chmod o= closes it")]),
    (key_beside_certificate, PINNED,
     [],
     [(CERTIFICATE, r"the certificate file is open to other users \(mode 0644\), chmod o= closes it")]),
    (writable_certificate, PINNED,
     [],
     [(CERTIFICATE, r"the certificate file may be written by other users \(mode 0666\), .*"),
      (CERTIFICATE, r"the certificate file may be written by its group \(mode 0666\), .*")]),
    (own_as_server, PINNED,
     [],
     [(SERVER, r"the server's certificate \(CN=device\) is the client's own")]),
    (server_key, PINNED,
     [names(SERVER, "is a private key, not a certificate")],
     [(SERVER, "the server certificate file is open to other users .*")]),
    (expired_ca, CA,
     [],
     [(SERVER, r"the CA's certificate \(CN=expired_intermediate\) has expired, it was valid until "
               f"{MOMENT}")]),
    (expired_server, {**PINNED, "certificate_usage": 1},
     [],
     [(SERVER, rf"the server's certificate \(CN=expired\) has expired, it was valid until {MOMENT}")]),
    (expired_server, PINNED,
     [], []),
    (leaf_as_ca, CA,
     [],
     [(SERVER, "'certificate_usage: trust-anchor-assertion' needs a CA's certificate, CN=good is none")]),
    (leaf_as_ca, {**CA, "certificate_usage": "ca-constraint"},
     [],
     [(SERVER, "'certificate_usage: ca-constraint' needs a CA's certificate, CN=good is none")]),
    (ca_as_server, PINNED,
     [],
     [(SERVER, "'certificate_usage: domain-issued' needs the server's own certificate, CN=root is a CA's")]),
    (ca_as_server, {**PINNED, "certificate_usage": 1},
     [],
     [(SERVER, "'certificate_usage: service-certificate-constraint' needs the server's own certificate, "
               "CN=root is a CA's")]),
    (client_as_server, {**PINNED, "certificate_usage": 1},
     [],
     [(SERVER, r"the server's certificate \(CN=client_only\) lacks the extended key usage serverAuth, it "
               "will be refused")]),
]


@pytest.mark.parametrize("spoil, keys, errors, warnings", MISTAKES,
                         ids=[f"{number}-{row[0].__name__}" for number, row in enumerate(MISTAKES, 1)])
def test_mistake(tmp_path, pki, spoil, keys, errors, warnings):
    files = Files(tmp_path, pki)
    spoil(files)
    keys = {**OWN, **keys}
    status, printed = check(tmp_path, keys)
    wanted = [f"{place(keys, key)}: {sentence}" for key, sentence in errors] + \
             [f"{place(keys, key)}: warning: {sentence}" for key, sentence in warnings]
    lines = printed.splitlines()
    assert len(lines) == len(wanted), printed
    for line, pattern in zip(lines, wanted):
        assert re.fullmatch(pattern, line), (line, pattern)
    assert status == (78 if errors else 0)
    for name in ("device.key", "device.pem"):   # where the key is
        for line in (tmp_path / name).read_text(errors="replace").splitlines():
            assert len(line) < 16 or line not in printed


CREDENTIALS = {"certificate_credential": "device.pem", "private_key_credential": "device.key",
               "server_certificate_credential": "server.pem"}


def test_credentials_exist_in_the_service_only(tmp_path, pki):
    """An operator's shell has none: each is a warning."""
    Files(tmp_path, pki)
    status, printed = check(tmp_path, CREDENTIALS)
    assert status == 0 and len(printed.splitlines()) == len(CREDENTIALS)
    for line, key in zip(printed.splitlines(), CREDENTIALS):
        assert line == (f"{place(CREDENTIALS, key)}: warning: '{key}' is not checked: only the service gets "
                        "its credentials ($CREDENTIALS_DIRECTORY)")


def test_credentials_where_there_are_some(tmp_path, pki, monkeypatch):
    """As in ExecReload=."""
    files = Files(tmp_path, pki)
    name = write(tmp_path, text_of(CREDENTIALS))
    words = [os.environ["LWM2M_CLIENTD"], "--check-config", f"--config={tmp_path}/{name}"]
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert subprocess.run(words, capture_output=True, check=True).stderr == b""
    other_key(files)
    refused = subprocess.run(words, capture_output=True, check=False)
    assert refused.returncode == 78
    assert refused.stderr.endswith(b": the private key does not belong to the certificate\n")
