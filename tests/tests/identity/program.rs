//! Programs of `interop/`, which use what others wrote.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Where `interop/setup.sh` installs things.
pub(crate) fn installed(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/interop")
        .join(path)
}

/// Says that a test cannot run for want of a tool. In CI every tool is there, so that this fails.
pub(crate) fn skip(reason: &str) {
    let required = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!required, "{reason}; run tests/interop/setup.sh");
    println!("skipped: {reason}; run tests/interop/setup.sh");
}

/// A program that runs, and speaks in lines. It ends with its standard input, so with the test.
pub(crate) struct Program {
    name: String,
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts `interop/<name>`; `None` where what it needs is not installed.
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Option<Self> {
        let (runtime, packages) = if name.ends_with(".py") {
            (installed("python/bin/python"), "python/installed")
        } else {
            (PathBuf::from("node"), "node/installed")
        };
        if !installed(packages).exists() {
            skip(&format!("the packages of {name} are missing"));
            return None;
        }
        let mut child = Command::new(runtime)
            .arg(
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("interop")
                    .join(name),
            )
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Some(Self {
            name: name.to_owned(),
            input: child.stdin.take().unwrap(),
            lines: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        })
    }

    /// The next line that it prints; `None` once it has printed the last.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let line = self.lines.next_line().await.unwrap()?;
        println!("{}: {line}", self.name);
        Some(line)
    }

    /// Tells it something.
    pub(crate) async fn tell(&mut self, line: &str) {
        let line = format!("{line}\n");
        self.input.write_all(line.as_bytes()).await.unwrap();
    }

    /// Waits for its end, which is to be a good one.
    pub(crate) async fn end(mut self) {
        drop(self.input);
        let status = self.child.wait().await.unwrap();
        assert!(status.success(), "{}: {status}", self.name);
    }
}
