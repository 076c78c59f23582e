"""Object storage for the tests: a server on loopback that speaks the protocol of S3, reached by the real client.

Import the fixture into a conftest: `from tests.object_store import bucket, object_store`.

- `object_store`: the server, one for each process; the environment names it as an operator would.
- `bucket`: the address of an empty bucket of its own, such as `s3://b-1f0c…`.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import s3fs
from moto.server import ThreadedMotoServer

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "house", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="session")
def object_store() -> Iterator[str]:
    """Where the server answers."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(object_store: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket; whoever opens an address in it finds the server through the environment."""
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": object_store}.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    name = f"b-{uuid4().hex}"
    s3fs.S3FileSystem().mkdir(name)
    return f"s3://{name}"
