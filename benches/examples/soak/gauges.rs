//! Memory, sockets and tasks of this process, and what of them is a leak. The heap is asked of the allocator, sockets are read from `/proc`:
//! on Linux. Elsewhere tasks alone are watched.

use std::{fmt, fs, path::Path, time::Duration};

use tokio::runtime::Handle;

/// MiB by which the heap may seem to grow in the second half of the load: connections and buffers are more at one time than at another, and
/// threads keep a little of what they freed. A leak grows with the run: in half an hour there are some 60,000 calls in that half, of which
/// each may leave 35 bytes before it shows.
const NOISE: f64 = 2.0;

/// Samples of which a trend can be told.
const ENOUGH: usize = 3;

/// What is there now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauges {
    /// What is alive on the heap, in MiB.
    pub(crate) heap: Option<f64>,
    /// Resident memory, in MiB, without what is mapped from files.
    pub(crate) memory: Option<f64>,
    /// Open sockets.
    pub(crate) sockets: Option<usize>,
    /// Live tasks of the runtime.
    pub(crate) tasks: usize,
}

impl Gauges {
    pub(crate) fn read() -> Self {
        Self {
            heap: heap(),
            memory: memory("self"),
            sockets: sockets(),
            tasks: Handle::current().metrics().num_alive_tasks(),
        }
    }
}

impl fmt::Display for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(heap), Some(memory), Some(sockets)) = (self.heap, self.memory, self.sockets) {
            write!(f, "{heap:.1} MiB in {memory:.0} MiB, {sockets} sockets, ")?;
        }
        write!(f, "{} tasks", self.tasks)
    }
}

#[cfg(target_os = "linux")]
fn heap() -> Option<f64> {
    use tikv_jemalloc_ctl::{epoch, stats};

    // What it tells is as of the last epoch.
    epoch::advance().ok()?;
    let bytes = stats::allocated::read().ok()?;
    Some(bytes as f64 / f64::from(1 << 20))
}

#[cfg(not(target_os = "linux"))]
fn heap() -> Option<f64> {
    None
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

/// The heap over time.
#[derive(Debug, Default)]
pub(crate) struct Trend(Vec<(f64, f64)>);

impl Trend {
    pub(crate) fn add(&mut self, at: Duration, heap: f64) {
        self.0.push((at.as_secs_f64(), heap));
    }

    /// By how many MiB the heap grows in the second half: the slope of the line that fits its samples best, times its length.
    pub(crate) fn growth(&self) -> Option<f64> {
        let half = &self.0[self.0.len() / 2..];
        let ((first, _), (last, _)) = (half.first()?, half.last()?);
        let count = half.len() as f64;
        if half.len() < ENOUGH {
            return None;
        }
        let mean = |of: fn(&(f64, f64)) -> f64| half.iter().map(of).sum::<f64>() / count;
        let (time, heap) = (mean(|sample| sample.0), mean(|sample| sample.1));
        let (mut both, mut square) = (0.0, 0.0);
        for (at, sample) in half {
            both += (at - time) * (sample - heap);
            square += (at - time).powi(2);
        }
        Some(both / square * (last - first))
    }

    /// What the heap does, and whether that is a leak.
    pub(crate) fn judge(&self) -> (String, bool) {
        match self.growth() {
            Some(growth) => (
                format!("the heap grows by {growth:.1} MiB in the second half; {NOISE} are noise"),
                growth > NOISE,
            ),
            None => (
                "the heap cannot be watched here, or the run is too short".to_owned(),
                false,
            ),
        }
    }
}
