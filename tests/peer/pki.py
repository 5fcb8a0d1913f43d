# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, wrong where that is wanted: DER by hand, keys and signatures by openssl(1).

    pki = Pki(folder)
    pki.good.chain_file(pki.intermediate)   # PEM, as a server would send it
    pki.issue("mine", pki.root, names=["server.example.org"], days=(-10, -1))

Dates are days from now, so that nothing needs another clock. What a Pki has as attributes is made when it is
first asked for. A Certificate holds DER; its files are PEM, made when asked for.
"""
import base64
import datetime
import functools
import hashlib
import ipaddress
import os
import subprocess

NAME, ADDRESS = "server.example.org", "127.0.0.1"   # what a good server is called

# Key usage bits, RFC 5280 4.2.1.3
DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_CERT_SIGN = 0x80, 0x20, 0x04
SERVER_AUTH, CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"

COMMON_NAME, ECDSA_WITH_SHA256, SHA256_WITH_RSA = "2.5.4.3", "1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11"
KEY_USAGE, ALTERNATIVE_NAME, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE = (
    "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.37")

EC = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
RSA = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


# --- DER -------------------------------------------------------------------------------------------------


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (size if len(body) < 128 else bytes([0x80 | len(size)]) + size) + body


def sequence(*parts):
    return der(0x30, *parts)


def integer(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = map(int, text.split("."))
    body = bytes([40 * first + second])
    for arc in rest:
        groups = [arc & 0x7f]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7f)
        body += bytes(reversed(groups))
    return der(0x06, body)


def bit_string(data, unused=0):
    return der(0x03, bytes([unused]), data)


def time(days):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return der(0x18, at.strftime("%Y%m%d%H%M%SZ").encode()) if at.year >= 2050 else \
        der(0x17, at.strftime("%y%m%d%H%M%SZ").encode())


def distinguished_name(common_name):
    return sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, common_name.encode()))))


def extension(identifier, value, critical=False):
    return sequence(oid(identifier), *([der(0x01, b"\xff")] if critical else []), der(0x04, value))


def alternative_name(name):
    """A dNSName, or an iPAddress."""
    try:
        return der(0x87, ipaddress.ip_address(name).packed)
    except ValueError:
        return der(0x82, name.encode())


def key_usage(bits):
    return extension(KEY_USAGE, bit_string(bytes([bits]), (bits & -bits).bit_length() - 1), True)


# --- certificates ----------------------------------------------------------------------------------------


class Key:
    """A private key in PKCS#8 DER, and its SubjectPublicKeyInfo."""

    def __init__(self, kind=None):
        made = openssl("genpkey", *(kind or EC))
        self.pkcs8 = openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", data=made)
        self.is_rsa = kind is RSA

    @functools.cached_property
    def public(self):
        return self._convert("pkey", "-pubout", "-outform", "DER")

    @functools.cached_property
    def sec1(self):
        """An ECPrivateKey alone (RFC 5915)."""
        return self._convert("ec", "-outform", "DER")

    @functools.cached_property
    def pem(self):
        return self._convert("pkey").decode()

    def encrypted_pem(self, passphrase):
        return self._convert("pkey", "-aes128", "-passout", f"pass:{passphrase}").decode()

    def _convert(self, command, *arguments):
        return openssl(command, "-inform", "DER", *arguments, data=self.pkcs8)

    @property
    def algorithm(self):
        return sequence(oid(SHA256_WITH_RSA), der(0x05)) if self.is_rsa else sequence(oid(ECDSA_WITH_SHA256))


class Certificate:
    """DER, the key that it certifies, and who signed it (itself: None)."""

    def __init__(self, folder, name, data, key, issuer):
        self.folder, self.name, self.der, self.key, self.issuer = folder, name, data, key, issuer
        self.subject = f"CN={name}"

    @property
    def pem(self):
        return ("-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(self.der).decode()
                + "-----END CERTIFICATE-----\n")

    def file(self, ending, content):
        """A file beside the others of this certificate, written once."""
        path = os.path.join(self.folder, f"{self.name}{ending}")
        if not os.path.exists(path):
            with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(content.encode() if isinstance(content, str) else content)
        return path

    def chain_file(self, *others):
        """This certificate and others behind it."""
        return self.file("".join(f"+{each.name}" for each in others) + ".pem",
                         "".join(each.pem for each in (self, *others)))

    @property
    def certificate_file(self):
        return self.chain_file()

    @property
    def key_file(self):
        return self.file(".key", self.key.pem)

    def hash(self, matching_type):
        """The certificate as Matching Type 0..3 has it in /0/x/4."""
        return [lambda data: data, *(lambda data, name=name: hashlib.new(name, data).digest()
                                     for name in ("sha256", "sha384", "sha512"))][matching_type](self.der)


# What a Pki has, and how it is issued: keywords of Pki.issue(), an issuer by its name here.
CERTIFICATES = {
    # Certification authorities: two below the root; one that nobody knows; one that bears the root's name.
    "root": {"issuer": None, "ca": True},
    "intermediate": {"issuer": "root", "ca": True},
    "second_intermediate": {"issuer": "intermediate", "ca": True},
    "expired_intermediate": {"issuer": "root", "ca": True, "days": (-20, -10)},
    "other_root": {"issuer": None, "ca": True},
    "false_root": {"issuer": None, "ca": True, "common_name": "root"},
    # Servers: NAME unless they are about names, signed by the intermediate unless they are about signers.
    "good": {},
    "renewed": {},
    "deep": {"issuer": "second_intermediate"},
    "by_root": {"issuer": "root"},
    "wrong_name": {"names": ["other.example.org"]},
    "wildcard": {"names": ["*.example.org"]},
    "wildcard_above": {"names": ["*.org"]},
    "address": {"names": [ADDRESS]},
    "other_address": {"names": ["127.0.0.2"]},
    "localhost": {"names": ["localhost"]},
    "bootstrap_localhost": {"names": ["localhost"]},
    "common_name_only": {"names": [], "common_name": NAME},
    "common_name_besides": {"names": ["other.example.org"], "common_name": NAME},
    "by_other_root": {"issuer": "other_root"},
    "by_false_root": {"issuer": "false_root"},
    "by_expired": {"issuer": "expired_intermediate"},
    "by_leaf": {"issuer": "good"},
    "expired": {"days": (-20, -10)},
    "not_yet_valid": {"days": (10, 20)},
    "self_signed": {"issuer": None},
    "self_signed_expired": {"issuer": None, "days": (-20, -10)},
    "ca_as_leaf": {"ca": True, "names": [NAME]},
    "client_only": {"extended": [CLIENT_AUTH]},
    "any_use": {"usage": None, "extended": None},
    "encipherment_only": {"usage": KEY_ENCIPHERMENT, "kind": RSA},   # with which OpenSSL signs all the same
    "rsa": {"kind": RSA},
    # Clients.
    "device": {"issuer": "root", "names": [], "extended": [CLIENT_AUTH]},
    "bootstrap_device": {"issuer": "root", "names": [], "extended": [CLIENT_AUTH]},
    "other_device": {"issuer": "other_root", "names": [], "extended": [CLIENT_AUTH]},
}


class Pki:
    def __init__(self, folder):
        self.folder = str(folder)
        self._serial = 0

    def __getattr__(self, name):
        if name not in CERTIFICATES:
            raise AttributeError(name)
        keywords = dict(CERTIFICATES[name])
        issuer = keywords.pop("issuer", "intermediate")
        made = self.issue(name, issuer and getattr(self, issuer), **keywords)
        setattr(self, name, made)
        return made

    def issue(self, name, issuer, *, common_name=None, names=(NAME,), days=(-1, 365), ca=False,
              usage=DIGITAL_SIGNATURE, extended=(SERVER_AUTH,), kind=None):
        """A certificate whose files have this name, which is its CN too unless told; issuer None: itself."""
        key = Key(kind)
        made = Certificate(self.folder, name, b"", key, issuer)
        made.subject = f"CN={common_name or name}"
        signer = issuer or made
        self._serial += 1
        extensions = [key_usage(usage | KEY_CERT_SIGN if ca else usage)] if usage else []
        if ca:
            extensions.append(extension(BASIC_CONSTRAINTS, sequence(der(0x01, b"\xff")), True))
        elif extended:
            extensions.append(extension(EXTENDED_KEY_USAGE, sequence(*map(oid, extended))))
        if names and not (ca and names == (NAME,)):
            extensions.append(extension(ALTERNATIVE_NAME, sequence(*map(alternative_name, names))))
        signed = sequence(
            der(0xa0, integer(2)), integer(self._serial), signer.key.algorithm,
            distinguished_name(signer.subject[3:]), sequence(*map(time, days)),
            distinguished_name(made.subject[3:]), key.public,
            *([der(0xa3, sequence(*extensions))] if extensions else []))
        signature = openssl("dgst", "-sha256", "-sign", signer.key_file, data=signed)
        made.der = sequence(signed, signer.key.algorithm, bit_string(signature))
        return made
