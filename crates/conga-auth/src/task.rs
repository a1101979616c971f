//! Work that must not run on the caller's own task.

use std::future::Future;

use tokio::task::{JoinError, JoinHandle};

use crate::AuthError;

/// Runs work that blocks, such as reading a file.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuthError> + Send + 'static,
) -> Result<T, AuthError> {
    join(tokio::task::spawn_blocking(work)).await
}

/// Runs work that goes on to its end even where the caller goes away.
pub(crate) async fn unstoppable<T: Send + 'static>(
    work: impl Future<Output = Result<T, AuthError>> + Send + 'static,
) -> Result<T, AuthError> {
    join(tokio::spawn(work)).await
}

async fn join<T>(task: JoinHandle<Result<T, AuthError>>) -> Result<T, AuthError> {
    task.await.unwrap_or_else(|error: JoinError| {
        if error.is_panic() {
            std::panic::resume_unwind(error.into_panic());
        }
        Err(AuthError::system(
            "the runtime was shut down before the work was done; keep it running until then",
            std::io::Error::other(error),
        ))
    })
}
