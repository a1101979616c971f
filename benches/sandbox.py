"""Measures the sandbox beside Prism, a mock server that others wrote, and a handler by hand that does nothing more than it must.

    python3 benches/sandbox.py              # throughput and memory under it: about three minutes after the first build
    python3 benches/sandbox.py start        # from the start of a process to its first good answer
    python3 benches/sandbox.py records      # memory with 100,000 records

Builds what it measures, in release mode, and installs Prism (`benches/mock/package.json`) below target/benches. Needs cargo, Node with
npm, and wrk. All servers get the same requests, from the same number of connections, in turn, round by round, so that whatever else
the machine does meets them all; what is printed are medians over the rounds. The generator of load shares the machine with the server.
"""

import argparse
import contextlib
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ROOT / "target/release"
NODE = ROOT / "target/benches/node"
DOCUMENT = ROOT / "spec/curated/data.yaml"

ACCOUNTS = "/api/data/v1/Account"
INDUSTRIES = ["Utilities", "Chemicals", "Retail", "Mining", "Software"]

# Stands for a server's port in its command.
PORT = object()

# Records that are there before the load, and those of one bulk call.
SEEDED = 1_000
BATCH = 1_000


def record(number):
    return {
        "Id": f"00000000-0000-4000-8000-{number:012}",
        "Name": f"Customer {number}",
        "ExternalId": f"X-{number}",
        "Industry": INDUSTRIES[number % len(INDUSTRIES)],
        "Site": f"Site {number // 10}",
        "AnnualRevenue": number,
        "Description": f"Maker of part {number}",
        "IsActive": number % 2 == 0,
    }


NEW = {"Name": "Juniper & Sons", "Industry": "Retail", "Site": "Oslo", "AnnualRevenue": 1200, "IsActive": True}

# Name, method, path, body.
OPERATIONS = [
    ("get one", "GET", f"{ACCOUNTS}/{record(500)['Id']}", None),
    ("list 10", "GET", f"{ACCOUNTS}?pageSize=10", None),
    ("query 10", "POST", f"{ACCOUNTS}/query", {"Criteria": "Industry = 'Mining'", "Limit": 10}),
    ("create one", "POST", ACCOUNTS, NEW),
]


class Server:
    """A process that serves on loopback, and what its requests need."""

    def __init__(self, name, command, headers=None):
        self.name = name
        self.started = time.perf_counter()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        command = [str(self.port if part is PORT else part) for part in command]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.headers = dict(headers or {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def send(self, method, path, body=None):
        headers = dict(self.headers)
        if body is not None and not isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def until_up(self):
        """Seconds from the start of the process to its first answer, whatever it is."""
        while True:
            try:
                self.send("GET", ACCOUNTS)
            except urllib.error.HTTPError:
                pass
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"{self.name} ended before it answered")
                time.sleep(0.001)
                continue
            return time.perf_counter() - self.started

    def until_good(self):
        """Seconds from the start of the process to its first good answer; where that takes a token, it is got first."""
        self.until_up()
        if self.name.startswith("sandbox"):
            form = {
                "grant_type": "client_credentials",
                "client_id": "sandbox-integration",
                "client_secret": "sandbox-secret",
            }
            token = self.send("POST", "/api/v1/auth/connect/token", urllib.parse.urlencode(form).encode())
            self.headers["Authorization"] = f"Bearer {token['access_token']}"
        self.send("GET", f"{ACCOUNTS}?pageSize=10")
        return time.perf_counter() - self.started

    def load(self, count):
        for start in range(0, count, BATCH):
            rows = [record(number) for number in range(start, min(start + BATCH, count))]
            self.send("POST", f"{ACCOUNTS}/bulk", rows)

    def memory(self, what):
        """MiB, by `VmRSS` (now) or `VmHWM` (the most so far)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) / 1024


def sandbox(name, *arguments, seed="empty"):
    return Server(name, [RELEASE / "conga-sandbox", "--port", PORT, "--seed", seed, *arguments])


def ceiling():
    return Server("by hand", [RELEASE / "examples/ceiling", PORT])


def prism(name, *arguments):
    program = NODE / "node_modules/@stoplight/prism-cli/dist/index.js"
    return Server(name, ["node", program, "mock", "--port", PORT, "--verboseLevel", "silent", *arguments, DOCUMENT])


def servers(stack, folder):
    """All that are compared, started but not waited for."""
    start = stack.enter_context
    return [
        start(ceiling()),
        start(sandbox("sandbox, in memory")),
        start(sandbox("sandbox, in a file", "--data", folder / "conga.db")),
        start(prism("Prism")),
        start(prism("Prism -d", "--dynamic")),
    ]


def prepare():
    for program, remedy in [("wrk", "apt-get install wrk"), ("npm", "install Node 20 or later"), ("cargo", "https://rustup.rs")]:
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: {remedy}")
    packages = ["--package", "conga-sandbox", "--package", "conga-benches"]
    targets = ["--bin", "conga-sandbox", "--example", "ceiling"]
    subprocess.run(["cargo", "build", "--release", *packages, *targets], cwd=ROOT, check=True)
    install_packages(ROOT / "benches/mock", NODE)


def install_packages(source, target):
    """Installs the Node packages that `source` locks, unless they are what was installed last."""
    target.mkdir(parents=True, exist_ok=True)
    lock = source / "package-lock.json"
    installed = target / "installed"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        for name in ["package.json", "package-lock.json"]:
            shutil.copy(source / name, target)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=target, check=True)
        shutil.copy(lock, installed)


def wrk(server, operation, headers, options, folder):
    """Requests a second, all of them answered well."""
    _, method, path, body = operation
    script = folder / "request.lua"
    lines = [f'wrk.method = "{method}"']
    if body is not None:
        lines += [f"wrk.body = [[{json.dumps(body)}]]", 'wrk.headers["Content-Type"] = "application/json"']
    script.write_text("\n".join(lines))
    command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "-s", str(script)]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    output = subprocess.run([*command, server.url + path], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"{server.name}, {operation[0]}: not all went well\n{output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])


def throughput(options):
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = servers(stack, folder)
        for server in running:
            server.until_good()
        idle = [server.memory("VmRSS") for server in running]
        for server in running[:3]:
            server.load(SEEDED)
        # Name, server, headers.
        contenders = [(server.name, server, server.headers) for server in running]
        by_schema = {**running[1].headers, "x-conga-sandbox": "schema"}
        contenders.insert(3, ("sandbox, by schema", running[1], by_schema))
        rates = {}
        for _ in range(options.rounds):
            for operation in OPERATIONS:
                for name, server, headers in contenders:
                    rate = wrk(server, operation, headers, options, folder)
                    rates.setdefault((operation[0], name), []).append(rate)
        names = [name for name, _, _ in contenders]
        print(f"Requests a second over {options.connections} connections, and the part of what the handler by hand does:\n")
        table(
            ["", *names],
            [
                [operation[0], *(shown(rates, operation[0], name, names[0]) for name in names)]
                for operation in OPERATIONS
            ],
        )
        print("\nTimes as many as Prism and, in brackets, as Prism -d:\n")
        table(
            ["", *names[1:4]],
            [
                [
                    operation[0],
                    *(
                        f"{ratio(rates, operation[0], name, 'Prism'):.1f} ({ratio(rates, operation[0], name, 'Prism -d'):.0f})"
                        for name in names[1:4]
                    ),
                ]
                for operation in OPERATIONS
            ],
        )
        print("\nMemory in MiB: idle after the first answer, after the load, and the most:\n")
        table(
            ["", *(server.name for server in running)],
            [
                ["idle", *(f"{size:.0f}" for size in idle)],
                ["after", *(f"{server.memory('VmRSS'):.0f}" for server in running)],
                ["most", *(f"{server.memory('VmHWM'):.0f}" for server in running)],
            ],
        )


def ratio(rates, operation, name, other):
    """The median of the ratios within the rounds."""
    return median(one / its for one, its in zip(rates[operation, name], rates[operation, other]))


def shown(rates, operation, name, base):
    rate = f"{median(rates[operation, name]):,.0f}"
    return rate if name == base else f"{ratio(rates, operation, name, base):.3f} ({rate})"


def start(options):
    makers = {
        "by hand": ceiling,
        "sandbox, in memory": lambda: sandbox("sandbox, in memory"),
        "sandbox with demo data": lambda: sandbox("sandbox with demo data", seed="demo"),
        "Prism": lambda: prism("Prism"),
    }
    times = {name: [] for name in makers}
    for _ in range(2 * options.rounds + 1):
        for name, make in makers.items():
            with make() as server:
                times[name].append((server.until_up(), server.until_good()))
    print("Milliseconds from the start of the process, medians: to its first answer, and to its first good one, a token included:\n")
    rows = [[name, *(f"{median(column) * 1e3:.0f}" for column in zip(*pairs))] for name, pairs in times.items()]
    table(["", "answers", "answers well"], rows)


def records(options):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "conga.db"
        for name, arguments in [("sandbox, in memory", []), ("sandbox, in a file", ["--data", data])]:
            with sandbox(name, *arguments) as server:
                server.until_good()
                idle = server.memory("VmRSS")
                begun = time.perf_counter()
                server.load(options.records)
                seconds = time.perf_counter() - begun
                sizes = [idle, server.memory("VmRSS"), server.memory("VmHWM")]
                rows.append([name, *(f"{size:.0f}" for size in sizes), f"{options.records / seconds:,.0f}"])
        with sandbox("sandbox, the file opened again", "--data", data) as server:
            server.until_good()
            sizes = [server.memory("VmRSS"), server.memory("VmHWM")]
            rows.append([server.name, "", *(f"{size:.0f}" for size in sizes), ""])
        size = data.stat().st_size / 2**20
    print(f"Memory in MiB with {options.records:,} records, which take {size:.0f} MiB in the file:\n")
    table(["", "idle", "with the records", "most", "records a second, in bulk"], rows)


def table(head, rows, texts=1):
    """Prints a Markdown table, whose first columns are texts and whose others are numbers."""
    for line in [head, ["---"] * texts + ["---:"] * (len(head) - texts), *rows]:
        print("| " + " | ".join(line) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", default="throughput", choices=["throughput", "start", "records"])
    parser.add_argument("--rounds", type=int, default=3, help="rounds over which medians are taken")
    parser.add_argument("--seconds", type=int, default=2, help="length of one load")
    parser.add_argument("--connections", type=int, default=16, help="connections of one load")
    parser.add_argument("--records", type=int, default=100_000, help="records to load")
    options = parser.parse_args()
    prepare()
    {"throughput": throughput, "start": start, "records": records}[options.what](options)


if __name__ == "__main__":
    main()
