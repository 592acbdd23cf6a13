//! Work that would hold up everything else: reading folders and parsing.

use std::panic::resume_unwind;

use foliosync_engine::provider::ProviderError;

/// Does `work` on a thread where it may take its time.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ProviderError> + Send + 'static,
) -> Result<T, ProviderError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(ProviderError::Backoff { message: "the program is ending".into() }),
        },
    }
}
