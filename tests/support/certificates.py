"""Certificates for TLS servers and clients of the tests, made on the spot."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["Certificates", "make_certificates"]


class Certificates(NamedTuple):
    """Paths of PEM files. ``both`` has certificate and key; ``locked`` is the key, encrypted."""

    authority: str
    server: str
    client: str
    client_key: str
    both: str
    locked: str

    def context(self) -> ssl.SSLContext:
        """Of a server that demands a client certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        context.load_verify_locations(self.authority)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def make_certificates(folder: Path, password: str) -> Certificates:
    """An authority, a server for 127.0.0.1 and a client ``the-client``."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate(
        "the authority", authority_key, "the authority", authority_key, ca=True
    )
    server_key, client_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    server = _certificate("server", server_key, "the authority", authority_key)
    client = _certificate("the-client", client_key, "the authority", authority_key)
    files = {
        "authority": _pem(authority),
        "server": _pem(server) + _key(server_key),
        "client": _pem(client),
        "client_key": _key(client_key),
        "both": _pem(client) + _key(client_key),
        "locked": _key(client_key, password),
    }
    for name, raw in files.items():
        (folder / f"{name}.pem").write_bytes(raw)
    return Certificates(**{name: str(folder / f"{name}.pem") for name in files})


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool = False,
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key(key: ec.EllipticCurvePrivateKey, password: str | None = None) -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
