//! When a block that is gone from disk may take its rows with it: only on proof that somebody removed it.

/// What the first page of a sweep saw.
pub struct Census {
    /// Blocks that the store has.
    pub stored: usize,
    /// Stored blocks without a folder, or whose folder holds no CSV file any more.
    pub lost: usize,
    /// Folders that are blocks now.
    pub present: usize,
}

/// How an unmounted disk or a sync tool gone wrong would look, or `None` where what is gone may be removed.
pub fn doubt(census: &Census) -> Option<String> {
    if census.lost == 0 {
        None
    } else if census.present == 0 {
        Some("the folder holds no block at all now".into())
    } else if census.stored >= 2 && census.lost * 2 > census.stored {
        Some(format!("{} of {} blocks are gone at once", census.lost, census.stored))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removal_needs_a_folder_that_still_holds_at_least_half() {
        for (stored, lost, present, doubtful) in [
            (0, 0, 0, false),
            (10, 0, 10, false),
            (10, 1, 9, false),
            (10, 5, 5, false),
            (10, 6, 4, true),
            (2, 1, 1, false),
            (2, 2, 5, true),
            (1, 1, 0, true),
            (1, 1, 1, false),
        ] {
            let census = Census { stored, lost, present };
            assert_eq!(doubt(&census).is_some(), doubtful, "{lost} of {stored} lost, {present} there");
        }
    }
}
