"""Speaks the channel's protocol by noiseprotocol to our own implementation over pipes; see noise-interop.sh."""

import hashlib
import os
import struct
import subprocess
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from noise.connection import Keypair, NoiseConnection

HELLO, FRAGMENT, BYE = 1, 2, 3
RECORDS_PER_KEY = 1 << 16
BODY_MAX = 65_535 - 16 - 12
RAW = dict(encoding=serialization.Encoding.Raw, format=serialization.PublicFormat.Raw)


class Identity:
    """An Ed25519 identity and its X25519 form."""

    def __init__(self):
        self.seed = os.urandom(32)
        self.public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes(**RAW)
        self.secret = hashlib.sha512(self.seed).digest()[:32]
        self.x25519 = X25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes(**RAW)


class Channel:
    """The other end: a process of ours, spoken to by noiseprotocol."""

    def __init__(self, binary, is_initiator):
        own, other, network = Identity(), Identity(), os.urandom(32)
        self.process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        role = "responder" if is_initiator else "initiator"
        self.write(f"{role} {other.seed.hex()} {own.public.hex()} {network.hex()}\n".encode())
        self.noise = NoiseConnection.from_name(b"Noise_IK_25519_ChaChaPoly_BLAKE2b")
        self.noise.set_keypair_from_private_bytes(Keypair.STATIC, own.secret)
        responder = other if is_initiator else own
        self.noise.set_prologue(b"CollabDict/4" + network + responder.public)
        self.sent = self.received = self.sent_messages = self.received_messages = self.rekeys = 0
        if is_initiator:
            self.noise.set_as_initiator()
            self.noise.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, other.x25519)
            self.noise.start_handshake()
            self.write(self.framed(self.noise.write_message(bytes(32))))
            assert self.noise.read_message(self.frame(80)) == bytes(32)
            session = os.urandom(16)
            self.hello(session)
            assert self.read_hello() == session, "another session"
        else:
            self.noise.set_as_responder()
            self.noise.start_handshake()
            assert self.noise.read_message(self.frame(128)) == bytes(32)
            self.write(self.framed(self.noise.write_message(bytes(32))))
            self.hello(self.read_hello())

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read(self, count):
        data = self.process.stdout.read(count)
        assert len(data) == count, f"{len(data)} of {count} bytes: {self.process.stderr.read()!r}"
        return data

    @staticmethod
    def framed(message):
        return struct.pack(">H", len(message)) + message

    def frame(self, expected=None):
        (length,) = struct.unpack(">H", self.read(2))
        assert expected in (None, length), f"a message of {length} bytes instead of {expected}"
        return self.read(length)

    def sealed(self, kind, last, number, offset, body):
        record = self.noise.encrypt(struct.pack("<BBHII", kind, last, 0, number, offset) + body)
        self.sent += 1
        if self.sent % RECORDS_PER_KEY == 0:
            self.noise.rekey_outbound_cipher()
            self.rekeys += 1
        return self.framed(bytes(record))

    def opened(self):
        plain = bytes(self.noise.decrypt(self.frame()))
        self.received += 1
        if self.received % RECORDS_PER_KEY == 0:
            self.noise.rekey_inbound_cipher()
            self.rekeys += 1
        kind, last, reserved, number, offset = struct.unpack("<BBHII", plain[:12])
        assert reserved == 0
        return kind, last, number, offset, plain[12:]

    def hello(self, session):
        self.write(self.sealed(HELLO, 1, 0, 0, struct.pack("<H", 1) + session))

    def read_hello(self):
        kind, last, number, offset, body = self.opened()
        assert (kind, last, number, offset) == (HELLO, 1, 0, 0) and body[:2] == b"\x01\x00"
        return body[2:]

    def send(self, message):
        offsets = range(0, max(1, len(message)), BODY_MAX)
        records = [
            self.sealed(FRAGMENT, offset + BODY_MAX >= len(message), self.sent_messages, offset,
                        message[offset:offset + BODY_MAX])
            for offset in offsets
        ]
        self.sent_messages += 1
        self.write(b"".join(records))

    def receive(self):
        message, last = b"", False
        while not last:
            kind, last, number, offset, body = self.opened()
            assert (kind, number, offset) == (FRAGMENT, self.received_messages, len(message))
            message += body
        self.received_messages += 1
        return message

    def finish(self):
        """BYE both ways; gives whether the handshake hashes are equal."""
        self.write(self.sealed(BYE, 1, 0, 0, b""))
        assert self.opened() == (BYE, 1, 0, 0, b"")
        _, report = self.process.communicate()
        assert self.process.returncode == 0, report
        return report.decode().split() == ["clean", self.noise.get_handshake_hash().hex()]


def session(binary, is_initiator, changes_keys):
    channel = Channel(binary, is_initiator)
    for number in range(100):
        message = os.urandom(number * 37 if number else 150_000)
        channel.send(message)
        assert channel.receive() == message, f"message {number} differs"
    if changes_keys:
        for _ in range(0, RECORDS_PER_KEY + 256, 256):
            for number in range(256):
                channel.send(bytes([number]))
            for number in range(256):
                assert channel.receive() == bytes([number]), "a record after the change of keys differs"
    assert channel.finish(), "the handshake hashes differ"
    return channel


def refuses_tampering(binary, is_initiator):
    channel = Channel(binary, is_initiator)
    record = bytearray(channel.sealed(FRAGMENT, 1, 0, 0, b"sum"))
    record[-1] ^= 1
    channel.write(bytes(record))
    output, report = channel.process.communicate()
    assert output == b"" and report.startswith(b"drop recordRejected") and channel.process.returncode == 1


def main(binary, handshakes):
    sent = received = rekeys = 0
    for is_initiator in (True, False):
        for number in range(handshakes):
            channel = session(binary, is_initiator, changes_keys=number == 0)
            sent, received = sent + channel.sent, received + channel.received
            rekeys += channel.rekeys
        refuses_tampering(binary, is_initiator)
    assert rekeys == 4, f"{rekeys} changes of keys"
    print(f"noise-interop: {2 * handshakes} handshakes in both roles, {sent} records there, {received} back, "
          f"{rekeys} changes of keys, hashes equal, forged records refused")


main(sys.argv[1], int(sys.argv[2]))
