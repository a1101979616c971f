"""Measures the storefront's cipher by Python's cryptography, which is OpenSSL's.

A line `encrypt|decrypt <bytes of plaintext> <times>` on standard input is answered by the nanoseconds that it took. A body is
base64 of a random IV and the AES-256-CBC ciphertext, padded.
"""

import sys
from base64 import b64decode, b64encode
from os import urandom
from time import perf_counter_ns

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

KEY = AES256(urandom(32))
PADDING = PKCS7(128)


def encrypt(plain):
    iv = urandom(16)
    padder, encryptor = PADDING.padder(), Cipher(KEY, CBC(iv)).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return b64encode(iv + encryptor.update(padded) + encryptor.finalize())


def decrypt(body):
    body = b64decode(body)
    unpadder, decryptor = PADDING.unpadder(), Cipher(KEY, CBC(body[:16])).decryptor()
    padded = decryptor.update(body[16:]) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


for line in sys.stdin:
    direction, size, times = line.split()
    plain = b"x" * int(size)
    body = encrypt(plain)
    assert decrypt(body) == plain
    task, given = (encrypt, plain) if direction == "encrypt" else (decrypt, body)
    start = perf_counter_ns()
    for _ in range(int(times)):
        task(given)
    print(perf_counter_ns() - start, flush=True)
