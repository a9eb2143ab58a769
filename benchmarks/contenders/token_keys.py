"""The keys that every contender signs with: public knowledge, made for the benchmark. Standard library alone."""

import subprocess
import tempfile
from functools import cache
from pathlib import Path

SECRET = "the benchmark's own secret, which is worth nothing"


@cache
def key_pair(algorithm: str) -> tuple[str, str]:
    """What signs and what verifies."""
    if algorithm == "HS256":
        return SECRET, SECRET
    with tempfile.TemporaryDirectory() as folder:
        private, public = Path(folder, "private.pem"), Path(folder, "public.pem")
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", private],
            check=True,
            capture_output=True,
        )
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
        return private.read_text(), public.read_text()
