//! An upload: at once where it is short, else in parts.

use std::fmt;

use bytes::Bytes;
use conga_api::Transport;

use super::{
    Content, InParts, OnProgress, Progress, UploadState,
    parts::{self, part_size},
};
use crate::{Error, Request};

/// The size of a part unless told otherwise: 8 MiB. The file stores that these calls are modelled on want 5 at least.
const PART_SIZE: usize = 8 * 1024 * 1024;

/// An upload with its settings.
pub(crate) struct Sending<P> {
    pub(crate) transport: Transport,
    content: Content,
    pub(crate) part_size: usize,
    pub(crate) progress: Option<OnProgress>,
    pub(crate) on_state: Option<OnState<P>>,
}

type OnState<P> = Box<dyn FnMut(&UploadState<P>) + Send>;

/// How a content comes to a place: at once, or in parts.
pub(crate) trait Plan<P: InParts> {
    /// What the server answers to the start of an upload in parts.
    type Started: Send + 'static;

    fn at_once(&self, transport: &Transport, bytes: Bytes) -> Request<P::Output>;

    fn start(&self, transport: &Transport) -> Request<Self::Started>;

    fn place(&self, started: Self::Started) -> P;
}

impl<P: InParts> Sending<P> {
    pub(crate) fn new(transport: &Transport, content: Content) -> Self {
        Self {
            transport: transport.clone(),
            content,
            part_size: PART_SIZE,
            progress: None,
            on_state: None,
        }
    }

    /// Uploads it. One that goes in parts and fails is taken away again, unless somebody keeps its state.
    pub(crate) async fn upload(mut self, plan: &impl Plan<P>) -> Result<P::Output, Error> {
        let content = std::mem::replace(&mut self.content, Content::bytes(""));
        let mut pieces = content.open().await.map_err(Error::Content)?;
        let part_size = part_size(self.part_size, pieces.length());
        if let Some(bytes) = pieces.whole(part_size).await.map_err(Error::Content)? {
            let length = bytes.len() as u64;
            let output = plan.at_once(&self.transport, bytes).await?;
            self.tell_progress(length, Some(length));
            return Ok(output);
        }
        let started = plan.start(&self.transport).await?;
        let mut state = UploadState::new(plan.place(started), part_size);
        self.tell_state(&state);
        let complete = match parts::send(&mut self, &mut state, pieces).await {
            Ok(complete) => complete,
            Err(error) => {
                self.take_away(&state).await;
                return Err(error);
            }
        };
        let sent = state.place.finish(&self.transport, complete).await;
        // Where the parts may have been joined, what is there may be the file: that stays.
        if matches!(&sent, Err(error) if !error.may_have_been_processed()) {
            self.take_away(&state).await;
        }
        sent
    }

    /// Goes on with an upload.
    pub(crate) async fn resume(mut self, mut state: UploadState<P>) -> Result<P::Output, Error> {
        let content = std::mem::replace(&mut self.content, Content::bytes(""));
        let pieces = content.open().await.map_err(Error::Content)?;
        let complete = parts::send(&mut self, &mut state, pieces).await?;
        state.place.finish(&self.transport, complete).await
    }

    /// Takes an upload that failed away again, unless somebody keeps its state.
    async fn take_away(&mut self, state: &UploadState<P>) {
        if self.on_state.is_none() {
            // What keeps this from working does not matter beside the error that there is.
            let _ = state.place.abort(&self.transport).send_raw().await;
        }
    }

    pub(super) fn tell_progress(&mut self, bytes: u64, length: Option<u64>) {
        if let Some(progress) = &mut self.progress {
            progress(Progress { bytes, length });
        }
    }

    pub(super) fn tell_state(&mut self, state: &UploadState<P>) {
        if let Some(on_state) = &mut self.on_state {
            on_state(state);
        }
    }
}

impl<P> fmt::Debug for Sending<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending")
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

/// The settings that every upload has.
macro_rules! sending_options {
    ($builder:ty, $place:ty) => {
        impl $builder {
            /// Is told of the bytes that are over: after every part, and at the end.
            pub fn progress(
                mut self,
                progress: impl FnMut($crate::Progress) + Send + 'static,
            ) -> Self {
                self.sending.progress = Some(Box::new(progress));
                self
            }

            /// Is given the state of an upload in parts when it has begun, and after every part: what to store in order to go on with it
            /// later. An upload whose state nobody takes is taken away again where it fails.
            pub fn on_state(
                mut self,
                on_state: impl FnMut(&$crate::UploadState<$place>) + Send + 'static,
            ) -> Self {
                self.sending.on_state = Some(Box::new(on_state));
                self
            }

            /// Settings of every request of the upload. The time for one attempt is the time for one part.
            pub fn with_options(mut self, options: &$crate::Options) -> Self {
                self.sending.transport = self.sending.transport.with(options);
                self
            }
        }
    };
}

pub(crate) use sending_options;
