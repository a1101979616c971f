//! The whole run: rounds of load with an audit after each, restarts of the sandbox, and the silence at the end.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use conga::Client;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    Failure, Settings, audit,
    gauges::{Gauges, Trend, memory},
    scene::Scene,
    server::Server,
    tally::unpoisoned,
    weather::Weather,
    work::work,
};

/// How long the sandbox may go on with what a client has given up: calls take it milliseconds, and merges a second.
const AFTERMATH: Duration = Duration::from_secs(2);

/// Long enough for connections to end: the sandbox closes one on which nothing comes for half a minute.
const SILENCE: Duration = Duration::from_secs(40);

/// How long tasks may take to see that their client is gone.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs the soak, and tells whether all promises were kept.
pub(crate) async fn run(settings: &Settings) -> Result<bool, Failure> {
    let seed = match settings.seed {
        Some(seed) => seed,
        None => SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)?
            .as_secs(),
    };
    println!(
        "soak: {} minutes, {} tasks, seed {seed}",
        settings.minutes, settings.tasks
    );
    let before = Gauges::read();
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("files");
    std::fs::create_dir(&files)?;
    let server = Server::start(folder.path().join("sandbox.db"))?;
    let address = server.address().clone();
    let calm = Client::builder()
        .endpoints(&address.token_url, &address.base_url)
        .client_credentials(&address.client_id, address.client_secret.as_str())
        .build()?;
    let scene = Arc::new(Scene::set(&calm, &address, files.clone()).await?);
    let mut course = Course {
        dice: StdRng::seed_from_u64(seed),
        sky: Arc::new(Sky::of(&server)),
        begun: Instant::now(),
        things: 0,
        trend: Trend::default(),
        scene: scene.clone(),
        calm,
        server,
    };
    let begun = course.begun;
    let tasks = (0..settings.tasks).map(|number| tokio::spawn(work(scene.clone(), number, seed)));
    let tasks: Vec<_> = tasks.collect();
    let every = Duration::from_secs(settings.every.max(1));
    let figures = tokio::spawn(figures(scene.clone(), course.sky.clone(), begun, every));
    course.load(settings).await?;
    scene.over.store(true, Relaxed);
    for task in tasks {
        if let Err(error) = task.await {
            scene.tally.broken(format!("a task panicked: {error}"));
        }
    }
    figures.await?;
    drop(scene);
    course.end(before, &files).await
}

/// What figures tell of the sandbox.
struct Sky {
    weather: Mutex<Weather>,
    process: AtomicU32,
}

impl Sky {
    fn of(server: &Server) -> Self {
        Self {
            weather: Mutex::new(Weather::Calm),
            process: AtomicU32::new(server.process()),
        }
    }
}

/// Prints figures until the run is over.
async fn figures(scene: Arc<Scene>, sky: Arc<Sky>, begun: Instant, every: Duration) {
    let mut next = begun;
    while !scene.is_over() {
        next += every;
        sleep_until(next).await;
        let at = begun.elapsed();
        let gauges = Gauges::read();
        let sandbox = memory(&sky.process.load(Relaxed).to_string());
        let weather = unpoisoned(&sky.weather).name();
        println!(
            "{:>4} s {weather:<24} {gauges}; {}; sandbox {:.0} MiB",
            at.as_secs(),
            scene.tally,
            sandbox.unwrap_or_default()
        );
    }
}

struct Course {
    dice: StdRng,
    sky: Arc<Sky>,
    begun: Instant,
    /// How many things were audited.
    things: usize,
    /// The heap at the audits, while nothing is under way.
    trend: Trend,
    scene: Arc<Scene>,
    /// Meets no faults: it is used while there are none.
    calm: Client,
    server: Server,
}

impl Course {
    /// Rounds of load, until time is up.
    async fn load(&mut self, settings: &Settings) -> Result<(), Failure> {
        let begun = self.begun;
        let end = begun + settings.load();
        let part = settings.load() / (settings.restarts + 1);
        let mut restarts = (1..=settings.restarts).map(|restart| begun + part * restart);
        let mut restart = restarts.next();
        while Instant::now() < end && !self.scene.is_over() {
            let audit = (Instant::now() + Duration::from_secs(settings.round)).min(end);
            while Instant::now() < audit {
                if restart.is_some_and(|restart| restart <= Instant::now()) {
                    restart = restarts.next();
                    println!("       the sandbox is killed, and started again");
                    self.server.restart().await?;
                    self.sky.process.store(self.server.process(), Relaxed);
                }
                let (weather, seconds) = Weather::next(&mut self.dice);
                self.change(weather).await?;
                match self.dice.random_range(0..8) {
                    0 => self.server.expire_tokens().await?,
                    1 => self.server.rotate_key()?,
                    _ => {}
                }
                let next = Instant::now() + Duration::from_secs(seconds);
                sleep_until(next.min(audit)).await;
            }
            self.audit().await?;
        }
        Ok(())
    }

    async fn change(&self, weather: Weather) -> Result<(), Failure> {
        self.server.set_faults(&weather.rules()).await?;
        self.server.limit_rate(weather.rate()).await?;
        *unpoisoned(&self.sky.weather) = weather;
        Ok(())
    }

    /// Lets all tasks pause, and holds what they claimed against what is there.
    async fn audit(&mut self) -> Result<(), Failure> {
        self.change(Weather::Calm).await?;
        let scene = &self.scene;
        let closed = scene.gate.write().await;
        sleep(AFTERMATH).await;
        let round = scene.round.load(Relaxed);
        let there = audit::take(&self.calm, &self.server, &scene.ledger, round).await?;
        let (things, faults) = scene.ledger.settle(there);
        self.things += things;
        if let Some(heap) = Gauges::read().heap {
            self.trend.add(self.begun.elapsed(), heap);
        }
        for fault in faults {
            scene.tally.broken(fault);
        }
        scene.renew_secret(&self.calm).await?;
        scene.round.store(round + 1, Relaxed);
        drop(closed);
        Ok(())
    }

    /// Waits in silence, and looks for what is left.
    async fn end(self, before: Gauges, files: &Path) -> Result<bool, Failure> {
        let tally = self.scene.tally.clone();
        let (heap, leaks) = self.trend.judge();
        println!("       silence for {} s", SILENCE.as_secs());
        sleep(SILENCE).await;
        let silent = Gauges::read();
        if silent.sockets > before.sockets {
            tally.broken(format!(
                "sockets are left: {before} at first, {silent} in silence"
            ));
        }
        let left = std::fs::read_dir(files)?.flatten();
        let left: Vec<_> = left.map(|file| file.file_name()).collect();
        if left
            .iter()
            .any(|name| name.to_string_lossy().starts_with('.'))
        {
            tally.broken(format!(
                "files are left of downloads that were dropped: {left:?}"
            ));
        }
        let (audits, things) = (self.scene.round.load(Relaxed), self.things);
        // The clients go with it.
        drop(self);
        sleep(FAREWELL).await;
        let after = Gauges::read();
        if after.tasks > before.tasks {
            tally.broken(format!(
                "tasks are left: {before} at first, {after} without a client"
            ));
        }
        if leaks {
            tally.broken(heap.clone());
        }
        println!("\nsoak: {tally}");
        println!("  failures: {}", tally.reasons());
        println!("  {things} things made, all looked for in {audits} audits");
        println!("  at first {before}; in silence {silent}; without a client {after}");
        println!("  {heap}");
        let broken = tally.count_broken();
        println!(
            "soak: {}",
            if broken == 0 {
                "all promises kept".to_owned()
            } else {
                format!("{broken} promises BROKEN")
            }
        );
        Ok(broken == 0)
    }
}
