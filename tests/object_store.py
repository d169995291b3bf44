"""An S3 server on the loopback, in a process of its own, and model files that are kept there as settings keep them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3

BUCKET, PREFIX, REGION = "model-files", "kept", "eu-central-1"
KEYS = {"access_key": "someone", "secret_key": "nothing-secret"}  # pragma: allowlist secret
SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@contextmanager
def object_store() -> Iterator[dict[str, Any]]:
    """Run a server that has one empty bucket; yield what settings say of it."""
    command = [sys.executable, "-W", "ignore", "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdin
        assert server.stdout
        address = f"http://127.0.0.1:{int(server.stdout.readline())}"
        try:
            client_of(address).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
            options = {
                "bucket_name": BUCKET,
                "endpoint_url": address,
                "region_name": REGION,
                "location": PREFIX,
                "file_overwrite": True,
                "querystring_expire": 60,
                **KEYS,
            }
            yield {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        finally:
            server.stdin.close()  # which ends it


def client_of(address: str) -> Any:
    """Return a client that knows the server by itself, without the site's storage."""
    named = {"aws_access_key_id": KEYS["access_key"], "aws_secret_access_key": KEYS["secret_key"]}
    return boto3.client("s3", endpoint_url=address, region_name=REGION, **named)
