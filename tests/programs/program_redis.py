"""redis: a benchmark with BGSAVE while it runs, over a unix socket; the data is the same after."""

import re

from trial import require, wait_until

TESTS = "set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,lrange_100,mset"
QUIET = ["--port", "0", "--save", "", "--appendonly", "no", "--enable-debug-command", "yes"]


class Client:
    def __init__(self, allocator, socket):
        self.allocator = allocator
        self.socket = socket

    def ask(self, *words, text=None):
        command = ["redis-cli", "-s", self.socket, *words]
        return self.allocator.run(command, text=text).succeeded().out.strip()

    def is_ready(self):
        return self.socket.exists() and self.ask("ping") == "PONG"

    def information(self, name):
        return re.search(rf"^{name}:(.*?)\r?$", self.ask("info", "all"), re.MULTILINE)[1]


def start(allocator, folder, socket):
    return allocator.server(["redis-server", *QUIET, "--unixsocket", socket, "--dir", folder], folder)


def save_in_the_background(client):
    require("started" in client.ask("bgsave").lower(), "BGSAVE did not start")
    # The child that writes has a fork's heap while the parent serves on.
    wait_until(lambda: client.information("rdb_bgsave_in_progress") == "0", "BGSAVE")
    require(client.information("rdb_last_bgsave_status") == "ok", "BGSAVE failed")


def commands(key_count):
    """Returns commands that make every kind of value, of sizes from 1 byte to 20 KB."""
    lines = []
    for i in range(key_count):
        lines.append(f"SET string:{i} {'v' * (i * 37 % 600 + 1)}")
        lines.append(f"RPUSH list:{i % 97} {' '.join(str(i * k) for k in range(8))}")
        lines.append(f"HSET hash:{i % 89} field{i} {'h' * (i % 50)}x")
        lines.append(f"ZADD sorted:{i % 83} {i * 7919 % 1009} member{i}")
        lines.append(f"APPEND grown:{i % 7} {'a' * (i % 30)}z")
        if i % 3 == 0:
            lines.append(f"DEL string:{i // 2}")
    return "\n".join(lines) + "\n"


def use(trial, key_count, request_count, save_count):
    def session(allocator):
        folder = trial.fresh_folder()
        socket = folder / "redis.sock"
        client = Client(allocator, socket)
        with start(allocator, folder, socket) as server:
            wait_until(client.is_ready, "redis-server")
            allocator.check_mapped(server.pid)
            benchmark = ["redis-benchmark", "-s", socket, "-n", request_count, "-c", 20, "-P", 4,
                         "-r", 10_000, "-d", 200, "-q", "-t", TESTS]
            with allocator.server(benchmark, folder):
                for _ in range(save_count):
                    save_in_the_background(client)
            client.ask("flushall")
            client.ask(text=commands(key_count))
            save_in_the_background(client)
            digest = client.ask("debug", "digest")
            size = client.ask("dbsize")
            client.allocator.run(["redis-cli", "-s", socket, "shutdown", "nosave"])
        with start(allocator, folder, socket):
            wait_until(client.is_ready, "redis-server from its dump")
            require(client.ask("debug", "digest") == digest, "the dump holds other data")
            client.allocator.run(["redis-cli", "-s", socket, "shutdown", "nosave"])
        return digest, size

    digest, size = trial.compare_results(session)
    require(int(size) > key_count // 2 and set(digest) != {"0"}, f"digest {digest}, {size} keys")


def smoke(trial):
    use(trial, key_count=500, request_count=5_000, save_count=2)


def full(trial):
    use(trial, key_count=20_000, request_count=100_000, save_count=10)
