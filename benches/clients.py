"""Measures the facade beside bare reqwest, Python's httpx with pydantic, and Node's undici: the same work on the same sandbox, in one run.

    python3 benches/clients.py              # three jobs by four clients: about five minutes after the first build
    python3 benches/clients.py export       # memory while a million records are streamed to a counter: about five

Builds what it measures, in release mode, and installs the clients of other languages (`benches/clients`) below target/benches. Needs
cargo, Node 20 with npm, and Python 3.11 with venv, on Linux. Every client is a process of its own that checks what it did, and fails
where that is not the whole work. Clients take turns, round by round, so that whatever else the machine does meets them all; what is
printed are medians over the rounds. `--records 20000 --rounds 1` is a try.
"""

import argparse
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from sandbox import BATCH, RELEASE, ROOT, Server, install_packages, sandbox, table

TARGET = ROOT / "target/benches"
PYTHON = TARGET / "python/bin/python"
SOURCE = ROOT / "benches/clients"

RUST = RELEASE / "examples/clients"
OURS, BASE = "conga", "reqwest"
WHOLE = "all three"

# What the facade may cost in CPU at the most for all three jobs, as a part of what bare reqwest does, and what its process may hold
# while it exports.
MOST_CPU = 1.05
MOST_BYTES = 64_000_000


@dataclasses.dataclass
class Cost:
    """What a piece of work took: seconds of CPU of the client's process, user and system, and of the wall; MiB at the most."""

    cpu: float
    wall: float
    memory: float


class Client:
    """A client at its job: signed in, and waiting for the word."""

    def __init__(self, command, job, count, server):
        environment = {
            **os.environ,
            "CONGA_BASE_URI": server.url,
            "CONGA_TOKEN_URI": f"{server.url}/api/v1/auth/connect/token",
            "CONGA_CLIENT_ID": "sandbox-integration",
            "CONGA_CLIENT_SECRET": "sandbox-secret",
            # Far above what the sandbox gives: the limiter is at work, and holds nothing up.
            "CONGA_REQUESTS_PER_SECOND": "1000000",
        }
        self.what = " ".join(map(str, [*command, job]))
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [*command, job, str(count)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.expect("ready")
        self.start = self.cost_since(self.begun, 0)

    def work(self):
        """Does the job; gives what it took."""
        for _ in self.words():
            pass
        return self.cost

    def words(self):
        """Has the job done; gives what the client says meanwhile."""
        begun, cpu = time.perf_counter(), self.cpu()
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        while (word := self.word()) != "done":
            yield word
        self.cost = self.cost_since(begun, cpu)
        self.process.stdin.close()
        if self.process.wait() != 0:
            sys.exit(f"{self.what} failed")

    def expect(self, expected):
        word = self.word()
        if word != expected:
            sys.exit(f"{self.what} says {word} instead of {expected}")

    def word(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.what} ended before it was done")
        return line.strip()

    def cost_since(self, begun, cpu):
        return Cost(self.cpu() - cpu, time.perf_counter() - begun, Server.memory(self, "VmHWM"))

    def cpu(self):
        """Seconds of the process so far, all threads: what clock_getcpuclockid(3) names."""
        return time.clock_gettime(~self.process.pid << 3 | 2)


def commands(threads):
    """How each client is started; those in Rust on one thread or on many."""
    return {
        OURS: [RUST, "facade", threads],
        BASE: [RUST, "bare", threads],
        "httpx + pydantic": [PYTHON, SOURCE / "httpx_client.py"],
        "undici": ["node", TARGET / "clients/undici_client.mjs"],
    }


def jobs(options):
    """Title, name, count, whether it leaves contacts behind, and how many times it is done in a round: the short one takes so little
    time that one alone would show what else the machine does."""
    records, created, got = options.records, options.records // 10, options.records // 100
    return [
        (f"list {records:,} by pages of 1,000", "list", records, False, 1),
        (f"create {created:,}, 8 at once", "create", created, True, 1),
        (f"get {got:,} one by one", "get", got, False, 5),
    ]


def remove_contacts(server, count):
    for start in range(0, count, BATCH):
        names = [f"X-{number}" for number in range(start, min(start + BATCH, count))]
        path = "/api/data/v1/Contact/bulk?DeleteByField=ExternalId&DeleteBehaviour=HardDelete"
        server.send("DELETE", path, names)


def compare(options):
    costs, clients = {}, commands(options.threads)
    with sandbox("sandbox") as server:
        server.until_good()
        server.load(options.records)
        names = list(clients)
        for round in range(options.rounds):
            for title, job, count, leaves_contacts, times in jobs(options):
                for name in names * times:
                    client = Client(clients[name], job, count, server)
                    costs.setdefault((title, name), []).append(client.work())
                    costs.setdefault(("start and sign in", name), []).append(client.start)
                    if leaves_contacts:
                        remove_contacts(server, count)
            # Nobody comes first each time.
            names.append(names.pop(0))
    print(f"Medians of {options.rounds} rounds, and how many times those of {BASE}:\n")
    for name in clients:
        costs[WHOLE, name] = wholes(costs, name, options)
    rows = []
    for title in dict.fromkeys(title for title, _ in costs):
        for name in clients:
            rows.append([title if name == OURS else "", name, *cells(costs, title, name)])
    table(["", "client", "CPU s", "wall s", "most memory, MiB"], rows, texts=2)
    if ratio(costs, WHOLE, OURS, "cpu") > MOST_CPU:
        sys.exit(f"\n{OURS} takes more than {MOST_CPU} times the CPU of {BASE}")


def wholes(costs, name, options):
    """What the three jobs took together, in each round."""
    jobs_of_rounds = []
    for title, *_, times in jobs(options):
        own = costs[title, name]
        jobs_of_rounds.append([middle(own[start : start + times]) for start in range(0, len(own), times)])
    return [
        Cost(sum(job.cpu for job in round), sum(job.wall for job in round), max(job.memory for job in round))
        for round in zip(*jobs_of_rounds)
    ]


def middle(costs):
    """The median of each measure."""
    return Cost(*(median(measure) for measure in zip(*map(dataclasses.astuple, costs))))


def cells(costs, title, name):
    for measure, digits in [("cpu", 3), ("wall", 2), ("memory", 0)]:
        own = median(getattr(cost, measure) for cost in costs[title, name])
        shown = f"{own:,.{digits}f}"
        yield shown if name == BASE else f"{shown} ({ratio(costs, title, name, measure):.2f} x)"


def ratio(costs, title, name, measure):
    """The median of the ratios within the rounds."""
    pairs = zip(costs[title, name], costs[title, BASE])
    return median(getattr(one, measure) / getattr(base, measure) for one, base in pairs)


def export(options):
    count = options.records
    with tempfile.TemporaryDirectory() as folder, sandbox("sandbox", "--data", Path(folder) / "conga.db") as server:
        server.until_good()
        server.load(count)
        client = Client(commands(options.threads)[OURS], "export", count, server)
        rows = [["0", f"{Server.memory(client, 'VmRSS'):.1f}"]]
        for seen in client.words():
            rows.append([f"{int(seen):,}", f"{Server.memory(client, 'VmRSS'):.1f}"])
    most = client.cost.memory
    print(f"{count:,} records streamed to a counter in {client.cost.wall:.0f} s; memory of the process in MiB:\n")
    table(["records", "memory"], [*rows, ["most", f"{most:.1f}"]])
    if most * 2**20 > MOST_BYTES:
        sys.exit(f"\nthat is more than {MOST_BYTES:,} bytes")


def prepare():
    for program, remedy in [("npm", "install Node 20 or later"), ("cargo", "https://rustup.rs")]:
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: {remedy}")
    packages = ["--package", "conga-sandbox", "--package", "conga-benches"]
    targets = ["--bin", "conga-sandbox", "--example", "clients"]
    subprocess.run(["cargo", "build", "--release", *packages, *targets], cwd=ROOT, check=True)
    install_packages(SOURCE, TARGET / "clients")
    # Node looks for packages beside the program.
    shutil.copy(SOURCE / "undici_client.mjs", TARGET / "clients")
    requirements = SOURCE / "requirements.txt"
    installed = TARGET / "python/installed"
    if not installed.exists() or installed.read_bytes() != requirements.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", TARGET / "python"], check=True)
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", requirements], check=True)
        shutil.copy(requirements, installed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", default="compare", choices=["compare", "export"])
    parser.add_argument("--threads", default="one", choices=["one", "many"], help="those of the clients in Rust")
    parser.add_argument("--rounds", type=int, default=4, help="rounds over which medians are taken")
    parser.add_argument("--records", type=int, help="records to list; a tenth of them is created, a hundredth got")
    options = parser.parse_args()
    if options.records is None:
        options.records = {"compare": 200_000, "export": 1_000_000}[options.what]
    prepare()
    {"compare": compare, "export": export}[options.what](options)


if __name__ == "__main__":
    main()
