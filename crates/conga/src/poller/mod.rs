//! Work of the platform that goes on after its call was answered: a value that is awaited, watched, stored and picked up again.
//!
//! | room | what lives there |
//! |---|---|
//! | `work` | a call that begins such work |
//! | `pace` | how often to look, and for how long |
//! | `words` | what states mean whose words are not published |

mod pace;
mod words;
mod work;

use std::{
    fmt,
    future::IntoFuture,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use conga_api::{
    Options, Pending, Transport,
    operations::Host,
    platform::{Instant, sleep, sleep_until},
};
use conga_auth::retry_after;
use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::watch;

pub use pace::Pace;
pub(crate) use words::meaning;
pub use work::Work;

use crate::{Client, Error, error::JobProblem, request::Future};

/// Looks that may fail one after the other for a passing reason, each after the client's own retries.
const FAILED_LOOKS: u32 = 3;

/// Work that goes on at the platform, by what names it there.
///
/// A job is small and can be stored: [`Client::poll`](crate::Client::poll) picks it up again, in another process too. The jobs of this
/// crate come from the calls that begin them; one of your own makes a [`Poller`] of any operation.
pub trait Job: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What one look at the work shows.
    type State: Send + 'static;
    /// What comes of it.
    type Output: Send + 'static;

    /// How errors call it: `the Composer job 42`.
    fn name(&self) -> String;

    /// Asks how it stands. A call of [`Client::raw`](crate::Client::raw) gives such a future, and so do the generated operations.
    fn look(&self, transport: &Transport) -> Pending<Self::State>;

    /// The way to the host that does the work. Default: the gateway of the platform. A job of another host takes the transport to that
    /// one, as in `client.api().transport(Host::XAuthor)`.
    fn transport(&self, client: &Client) -> Transport {
        client.api().transport(Host::Gateway)
    }

    /// How often to look, and for how long, unless the poller is told otherwise.
    fn pace(&self) -> Pace {
        Pace::default()
    }

    /// How long the platform asks to wait before the next look, where the state says so. Where `Retry-After` says so too, the longer
    /// one counts.
    fn asked_wait(&self, _state: &Self::State) -> Option<Duration> {
        None
    }

    /// What the state means. The transport is there for what comes of the work and needs calls of its own.
    fn standing(&self, transport: &Transport, state: &Self::State) -> Standing<Self::Output>;
}

/// How work stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing<T> {
    /// It goes on.
    UnderWay,
    /// It is done, and this came of it.
    Done(T),
    /// It failed, for these reasons, in the platform's words.
    Failed(Vec<String>),
}

/// Waits for work: `await` it for what comes of it, or watch its [states](Self::states).
///
/// Looks are spaced by growing random waits, or as the server asks (`Retry-After`, or what the state says). Looks that fail for a passing
/// reason, three in a row at most, count as looks that show nothing. Waiting ends some time; the work itself goes on then, and as well
/// where this is dropped or [cancelled](Self::canceller): no operation to stop it is published. How long all of that is depends on the
/// [pace](Pace) of the job, unless told otherwise.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use conga::files::FolderOperation;
///
/// // One process begins it, and stores what names it.
/// let poller = client.files().empty_folder("quotes/2025").start().await?;
/// std::fs::write("job.json", serde_json::to_vec(poller.job())?)?;
///
/// // Another waits for it.
/// let job: FolderOperation = serde_json::from_slice(&std::fs::read("job.json")?)?;
/// let done = client.poll(job).on_state(|state| println!("{:?}", state.status)).await?;
/// println!("{:?} files are gone", done.processed_file_count);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is waited for before it is awaited"]
pub struct Poller<J: Job> {
    transport: Transport,
    job: J,
    pace: Pace,
    canceller: Canceller,
    on_state: Option<OnState<J::State>>,
}

type OnState<S> = Box<dyn FnMut(&S) + Send>;

/// Ends the waiting of a [`Poller`] from elsewhere. Clones end the same one.
#[derive(Clone, Debug)]
pub struct Canceller(Arc<watch::Sender<bool>>);

/// The states of work, one for every look, up to the last. See [`Poller::states`].
#[must_use = "nothing is asked before it is polled"]
pub struct States<S> {
    stream: Pin<Box<dyn Stream<Item = Result<S, Error>> + Send>>,
}

impl<J: Job> Poller<J> {
    pub(crate) fn new(transport: Transport, job: J) -> Self {
        Self {
            transport,
            pace: job.pace(),
            job,
            canceller: Canceller(Arc::new(watch::Sender::new(false))),
            on_state: None,
        }
    }

    /// What names the work: the value to store.
    pub fn job(&self) -> &J {
        &self.job
    }

    /// The first wait between two looks ([`Pace::first_wait`]).
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.pace.first_wait = wait;
        self
    }

    /// The longest wait of our own ([`Pace::longest_wait`]); a server may ask for longer ones.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.pace.longest_wait = wait;
        self
    }

    /// For how long to wait in all, from when it is awaited ([`Pace::deadline`]); `None` for as long as it takes.
    pub fn deadline(mut self, deadline: impl Into<Option<Duration>>) -> Self {
        self.pace.deadline = deadline.into();
        self
    }

    /// Options for each look.
    pub fn with_options(mut self, options: &Options) -> Self {
        self.transport = self.transport.with(options);
        self
    }

    /// Is given every state, the last too.
    pub fn on_state(mut self, on_state: impl FnMut(&J::State) + Send + 'static) -> Self {
        self.on_state = Some(Box::new(on_state));
        self
    }

    /// What ends the waiting from elsewhere. Where nothing else has to see the end, drop the future instead.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// The states as a stream, up to the one in which the work is done or has failed. An error ends it too. Await a poller of the same
    /// [job](Self::job) for what came of it.
    pub fn states(self) -> States<J::State> {
        let states = stream::try_unfold(Some(Watch::new(self)), |watch| async {
            let Some(mut watch) = watch else {
                return Ok(None);
            };
            let state = watch.next().await?;
            let goes_on = matches!(watch.standing(&state), Standing::UnderWay);
            Ok(Some((state, goes_on.then_some(watch))))
        });
        States {
            stream: Box::pin(states),
        }
    }
}

impl<J: Job> IntoFuture for Poller<J> {
    type Output = Result<J::Output, Error>;
    type IntoFuture = Future<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let mut watch = Watch::new(self);
        Box::pin(async move {
            loop {
                let state = watch.next().await?;
                match watch.standing(&state) {
                    Standing::UnderWay => {}
                    Standing::Done(output) => return Ok(output),
                    Standing::Failed(messages) => {
                        return Err(watch.error(JobProblem::Failed(messages)));
                    }
                }
            }
        })
    }
}

impl Canceller {
    /// Ends the waiting. The work itself goes on.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    async fn cancelled(&self) {
        // It fails where no sender is left, and this is one.
        let _ = self.0.subscribe().wait_for(|&cancelled| cancelled).await;
    }
}

impl<S> States<S> {
    /// The next state, or `None` after the last.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] where a look fails, [`Error::Job`] where the waiting ends before the work does.
    pub async fn try_next(&mut self) -> Result<Option<S>, Error> {
        self.stream.try_next().await
    }
}

impl<S> Stream for States<S> {
    type Item = Result<S, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.poll_next_unpin(cx)
    }
}

impl<J: Job> fmt::Debug for Poller<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller")
            .field("job", &self.job)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for States<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").finish_non_exhaustive()
    }
}

/// A poller at work.
struct Watch<J: Job> {
    poller: Poller<J>,
    ends: Option<Instant>,
    looks: u32,
    failed: u32,
    wait: Duration,
}

impl<J: Job> Watch<J> {
    fn new(poller: Poller<J>) -> Self {
        Self {
            ends: poller
                .pace
                .deadline
                .and_then(|deadline| Instant::now().checked_add(deadline)),
            poller,
            looks: 0,
            failed: 0,
            wait: Duration::ZERO,
        }
    }

    /// The next state, once it is time to look.
    async fn next(&mut self) -> Result<J::State, Error> {
        let (canceller, ends) = (self.poller.canceller.clone(), self.ends);
        let ended = async {
            match ends {
                Some(ends) => sleep_until(ends).await,
                None => std::future::pending().await,
            }
        };
        let problem = tokio::select! {
            biased;
            () = canceller.cancelled() => JobProblem::Cancelled,
            () = ended => JobProblem::Deadline(self.poller.pace.deadline.unwrap_or_default()),
            state = self.look() => return state,
        };
        Err(self.error(problem))
    }

    async fn look(&mut self) -> Result<J::State, Error> {
        loop {
            sleep(self.wait).await;
            let seen = self.poller.job.look(&self.poller.transport).await;
            let asked = match &seen {
                Ok(answer) => retry_after(answer.headers()).max(self.poller.job.asked_wait(answer)),
                Err(error) => error.retry_after(),
            };
            self.wait = self.poller.pace.wait(self.looks, asked, rand::random());
            self.looks += 1;
            match seen {
                Ok(answer) => {
                    self.failed = 0;
                    let state = answer.into_inner();
                    if let Some(on_state) = &mut self.poller.on_state {
                        on_state(&state);
                    }
                    return Ok(state);
                }
                Err(error) if error.is_retryable() && self.failed < FAILED_LOOKS => {
                    self.failed += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn standing(&self, state: &J::State) -> Standing<J::Output> {
        self.poller.job.standing(&self.poller.transport, state)
    }

    fn error(&self, problem: JobProblem) -> Error {
        Error::Job {
            job: self.poller.job.name(),
            problem,
        }
    }
}
