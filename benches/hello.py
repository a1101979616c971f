"""Measures what a client costs who builds with it: a clean build of a program that makes one call, and its size.

    python3 benches/hello.py                 # three clients, in debug and in release mode: some eight minutes on two cores
    python3 benches/hello.py --quick         # in release mode only
    python3 benches/hello.py --native-tls    # and this workspace's with the TLS of the system

Beside this workspace's facade stand two clients that others wrote: async-stripe, generated, with the crate of one resource, and octocrab,
written by hand. Each program is what the client's own front page teaches, with the client's default features, the same profile and the same
runtime. async-stripe leaves TLS to the OpenSSL of the system, which it does not build and whose size does not count; `--native-tls` adds the
facade with the same.

The programs are written below target/hello and built there in turn, each into a folder of its own that is removed before. Fetching crates
is not measured. CPU time is that of cargo and all compilers together; crates are those of the tree, build scripts and macros included.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "target/hello"

CONGA = """\
use conga::{Client, Region};

#[tokio::main]
async fn main() -> Result<(), conga::Error> {
    let conga = Client::builder().region(Region::Europe).client_credentials("client-id", "client-secret").build()?;
    for account in conga.records("Account").list().page_size(10).page(1).await?.records {
        println!("{:?}", account.get("Name"));
    }
    Ok(())
}
"""

STRIPE = """\
use stripe::Client;
use stripe_core::customer::ListCustomer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new("secret-key");
    for customer in ListCustomer::new().limit(10).send(&client).await?.data {
        println!("{:?}", customer.name);
    }
    Ok(())
}
"""

OCTOCRAB = """\
use octocrab::Octocrab;

#[tokio::main]
async fn main() -> octocrab::Result<()> {
    let octocrab = Octocrab::builder().personal_token("token".to_owned()).build()?;
    for issue in octocrab.issues("owner", "repository").list().per_page(10).send().await? {
        println!("{}", issue.title);
    }
    Ok(())
}
"""

FACADE = f'path = "{ROOT / "crates/conga"}"'

# Name, what it depends on, its program, and the crate whose version is shown.
PROGRAMS = [
    ("conga", f"conga = {{ {FACADE} }}", CONGA, "conga"),
    (
        "async-stripe",
        'async-stripe = "=1.0.0-rc.10"\nasync-stripe-core = { version = "=1.0.0-rc.10", features = ["customer"] }',
        STRIPE,
        "async-stripe",
    ),
    ("octocrab", 'octocrab = "=0.54.9"', OCTOCRAB, "octocrab"),
]

NATIVE_TLS = (
    "conga, native-tls",
    f'conga = {{ {FACADE}, default-features = false, features = ["native-tls"] }}',
    CONGA,
    "conga",
)

MANIFEST = """\
[package]
name = "hello"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
{dependencies}
tokio = {{ version = "1", features = ["macros", "rt-multi-thread"] }}

[profile.release]
strip = true
"""


class Program:
    """A program, written out and with its crates at hand."""

    def __init__(self, name, dependencies, code, crate):
        self.name = name
        self.folder = HOME / name.replace(", ", "-")
        (self.folder / "src").mkdir(parents=True, exist_ok=True)
        (self.folder / "Cargo.toml").write_text(MANIFEST.format(dependencies=dependencies))
        (self.folder / "src/main.rs").write_text(code)
        self.cargo("fetch")
        tree = self.cargo("tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--no-dedupe")
        crates = {tuple(line.split()[:2]) for line in tree.splitlines()[1:]}
        self.crates = len(crates)
        self.version = next(version for name, version in crates if name == crate)

    def cargo(self, *arguments):
        # Settings of this shell would meet some of the programs only: registry crates are never built incrementally, for one.
        ours = ("CARGO_INCREMENTAL", "CARGO_TARGET_DIR", "RUSTFLAGS", "RUSTC_WRAPPER")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment |= {"CARGO_INCREMENTAL": "0", "CARGO_TERM_QUIET": "true"}
        done = subprocess.run(
            ["cargo", *arguments], cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(f"{self.name}: cargo {arguments[0]} failed")
        return done.stdout

    def build(self, *arguments):
        """Builds from nothing; seconds by the clock, and of CPU."""
        shutil.rmtree(self.folder / "target", ignore_errors=True)
        cpu, started = children(), time.perf_counter()
        self.cargo("build", "--offline", *arguments)
        return time.perf_counter() - started, children() - cpu

    def size(self):
        """Megabytes of the stripped program."""
        return (self.folder / "target/release/hello").stat().st_size / 1e6


def children():
    """Seconds of CPU that all ended children have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(columns, rows):
    print(f"| {' | '.join(columns)} |")
    print(f"|---|{'---:|' * (len(columns) - 1)}")
    for name, *values in rows:
        print(f"| {' | '.join([name, *values])} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="release mode only")
    parser.add_argument("--native-tls", action="store_true", help="the facade with the TLS of the system too")
    options = parser.parse_args()
    modes = [] if options.quick else [("debug", [])]
    modes.append(("release", ["--release"]))

    columns = ["client", "crates"]
    for mode, _ in modes:
        columns += [f"{mode}: s", "CPU s"]
    columns.append("stripped: MB")

    chosen = [*PROGRAMS, NATIVE_TLS] if options.native_tls else PROGRAMS
    programs = [Program(*program) for program in chosen]
    measured = []
    for program in programs:
        values = [program.crates]
        for mode, arguments in modes:
            print(f"{program.name}, {mode}", file=sys.stderr)
            values += program.build(*arguments)
        measured.append([*values, program.size()])
        shutil.rmtree(program.folder / "target")

    rustc = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    print(f"{rustc}, {os.cpu_count()} cores\n")
    labels = [f"{program.name} {program.version}" for program in programs]
    table(columns, [[label, *map(shown, values)] for label, values in zip(labels, measured)])
    print()
    ours = measured[0]
    others = [index for index in range(1, len(programs)) if not programs[index].name.startswith("conga")]
    ratios = [[other / own for other, own in zip(measured[index], ours)] for index in others]
    table(
        ["times that of conga", *columns[1:]],
        [[labels[index], *(f"{ratio:.2f}" for ratio in row)] for index, row in zip(others, ratios)],
    )


def shown(value):
    return str(value) if isinstance(value, int) else f"{value:.1f}"


if __name__ == "__main__":
    main()
