//! What benchmarks share: programs of others that measure themselves, and the table in which they stand beside ours.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A program of `tests/interop` that runs tasks and says how long they took by its own clock, so that neither its start nor the
/// way to it counts.
#[derive(Debug)]
pub struct Rival {
    program: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Rival {
    /// Starts `tests/interop/<script>`.
    ///
    /// # Errors
    ///
    /// Where the runtime is not installed; `tests/interop/setup.sh` does that.
    pub fn start(script: &str) -> io::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let runtime = if script.ends_with(".py") {
            root.join("target/interop/python/bin/python")
        } else {
            "node".into()
        };
        let mut program = Command::new(runtime)
            .arg(root.join("tests/interop").join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let ended = || io::Error::from(io::ErrorKind::BrokenPipe);
        Ok(Self {
            input: program.stdin.take().ok_or_else(ended)?,
            output: BufReader::new(program.stdout.take().ok_or_else(ended)?),
            program,
        })
    }

    /// Has it run a task so many times, and gives the time that took.
    ///
    /// # Errors
    ///
    /// Where it has ended, or does not answer with nanoseconds.
    pub fn run(&mut self, task: &str, times: u64) -> io::Result<Duration> {
        writeln!(self.input, "{task} {times}")?;
        self.input.flush()?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        let nanoseconds = answer.trim().parse().map_err(io::Error::other)?;
        Ok(Duration::from_nanos(nanoseconds))
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Times of the same tasks by several programs, side by side. The first program is ours.
///
/// Each cell is the best of its samples: what else the machine does only ever adds.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Nanoseconds by task and program.
    best: BTreeMap<(usize, usize), f64>,
    tasks: Vec<String>,
    programs: Vec<String>,
}

impl Comparison {
    /// Shorter samples say more about the clock than about the task.
    const SHORTEST: Duration = Duration::from_millis(1);

    /// Adds a sample: `program` took `time` for `times` runs of `task`. One of less than a millisecond does not count.
    pub fn add(&mut self, task: &str, program: &str, time: Duration, times: u64) {
        if time < Self::SHORTEST {
            return;
        }
        let row = position(&mut self.tasks, task);
        let column = position(&mut self.programs, program);
        let nanoseconds = time.as_nanos() as f64 / times as f64;
        let best = self.best.entry((row, column)).or_insert(nanoseconds);
        *best = best.min(nanoseconds);
    }
}

/// A Markdown table, each time but the first with its ratio to the first.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| best time | {} |", self.programs.join(" | "))?;
        writeln!(f, "|---|{}", "---:|".repeat(self.programs.len()))?;
        for (row, task) in self.tasks.iter().enumerate() {
            write!(f, "| {task} |")?;
            let ours = self.best.get(&(row, 0));
            for column in 0..self.programs.len() {
                match (self.best.get(&(row, column)), ours) {
                    (None, _) => write!(f, " |")?,
                    (Some(time), Some(ours)) if column > 0 => {
                        write!(f, " {} ({:.1} x) |", Time(*time), time / ours)?;
                    }
                    (Some(time), _) => write!(f, " {} |", Time(*time))?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Where `name` stands in `names`; at the end if it is new.
fn position(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|one| one == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

/// Nanoseconds in the unit that suits them.
struct Time(f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            time if time < 1e3 => write!(f, "{time:.0} ns"),
            time if time < 1e6 => write!(f, "{:.2} µs", time / 1e3),
            time => write!(f, "{:.2} ms", time / 1e6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_shows_the_best_times_and_their_ratios() {
        let mut comparison = Comparison::default();
        let millis = Duration::from_millis;
        for (program, times) in [("ours", [3, 2, 4]), ("theirs", [40, 30, 20])] {
            for time in times {
                comparison.add("a task", program, millis(time), 10_000);
            }
            comparison.add("a task", program, Duration::from_micros(1), 10_000);
        }
        comparison.add("another", "theirs", millis(30), 10);
        let table = "| best time | ours | theirs |\n|---|---:|---:|\n\
                     | a task | 200 ns | 2.00 µs (10.0 x) |\n| another | | 3.00 ms |\n";
        assert_eq!(comparison.to_string(), table);
    }
}
