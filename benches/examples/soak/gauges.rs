//! Memory, sockets and tasks of this process, and what of them is a leak. Memory and sockets are read from `/proc`; where there is none,
//! tasks alone are watched.

use std::{fmt, fs, path::Path, time::Duration};

use tokio::runtime::Handle;

/// MiB that memory may seem to grow in the second half of the load. The heap keeps its high-water mark, since pieces in use stand between those
/// that are free, and that mark creeps up for a quarter of an hour: by three to five in the second half of runs that left not a hundred
/// of a million allocations behind. A leak grows with the run: in half an hour there are more than 20,000 calls in that half, of which
/// each may leave 400 bytes before it shows.
const NOISE: f64 = 8.0;

/// Samples of which a trend can be told.
const ENOUGH: usize = 3;

/// What is there now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauges {
    /// Resident memory of its own, in MiB: without the pages of the program, which come in as they are first run.
    pub(crate) memory: Option<f64>,
    /// Open sockets.
    pub(crate) sockets: Option<usize>,
    /// Live tasks of the runtime.
    pub(crate) tasks: usize,
}

impl Gauges {
    pub(crate) fn read() -> Self {
        Self {
            memory: memory("self"),
            sockets: sockets(),
            tasks: Handle::current().metrics().num_alive_tasks(),
        }
    }
}

impl fmt::Display for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(memory), Some(sockets)) = (self.memory, self.sockets) {
            write!(f, "{memory:.1} MiB, {sockets} sockets, ")?;
        }
        write!(f, "{} tasks", self.tasks)
    }
}

/// The resident memory of a process, in MiB, without what it maps from files.
pub(crate) fn memory(process: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn sockets() -> Option<usize> {
    let is_socket = |path: &Path| {
        let target = fs::read_link(path);
        target.is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    };
    let files = fs::read_dir("/proc/self/fd").ok()?;
    Some(
        files
            .flatten()
            .filter(|file| is_socket(&file.path()))
            .count(),
    )
}

/// Memory over time.
#[derive(Debug, Default)]
pub(crate) struct Trend(Vec<(f64, f64)>);

impl Trend {
    pub(crate) fn add(&mut self, at: Duration, memory: f64) {
        self.0.push((at.as_secs_f64(), memory));
    }

    /// By how many MiB memory grows in the second half: the slope of the line that fits its samples best, times its length.
    pub(crate) fn growth(&self) -> Option<f64> {
        let half = &self.0[self.0.len() / 2..];
        let ((first, _), (last, _)) = (half.first()?, half.last()?);
        let count = half.len() as f64;
        if half.len() < ENOUGH {
            return None;
        }
        let mean = |of: fn(&(f64, f64)) -> f64| half.iter().map(of).sum::<f64>() / count;
        let (time, memory) = (mean(|sample| sample.0), mean(|sample| sample.1));
        let (mut both, mut square) = (0.0, 0.0);
        for (at, sample) in half {
            both += (at - time) * (sample - memory);
            square += (at - time).powi(2);
        }
        Some(both / square * (last - first))
    }

    /// What memory does, and whether that is a leak.
    pub(crate) fn judge(&self) -> (String, bool) {
        match self.growth() {
            Some(growth) => (
                format!("memory grows by {growth:.1} MiB in the second half; {NOISE} are noise"),
                growth > NOISE,
            ),
            None => (
                "memory cannot be watched here, or the run is too short".to_owned(),
                false,
            ),
        }
    }
}
