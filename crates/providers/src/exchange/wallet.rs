//! What a request for one wallet comes to.

use foliosync_engine::model::accounts::Balance;
use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::provider::ProviderError;

use crate::accounts::snapshot::Part;

/// A wallet that was read, or one that keeps its last values and says why. What the first wallet that is asked for shows
/// to hold for all of them, a refused key or a ban, is an error of the whole stream.
pub fn part(
    wallet: &str,
    is_first: bool,
    told: Result<Vec<Balance>, ProviderError>,
) -> Result<Part<Balance>, ProviderError> {
    let error = match told {
        Ok(rows) => return Ok(Part::whole(wallet, rows)),
        Err(error) => error,
    };
    let status = match &error {
        ProviderError::RetryAt { .. } | ProviderError::NeedsUser { .. } | ProviderError::ResyncClock { .. }
            if is_first =>
        {
            return Err(error);
        }
        ProviderError::RetryAt { .. } | ProviderError::Backoff { .. } | ProviderError::ResyncClock { .. } => {
            ItemStatus::Deferred
        }
        ProviderError::NotInPlan { .. } => ItemStatus::Missing,
        ProviderError::NeedsUser { .. } | ProviderError::Refused { .. } | ProviderError::Malformed { .. } => {
            ItemStatus::Rejected
        }
    };
    Ok(Part::lacking(wallet, status, format!("{error}; its last values are kept")))
}
