//! What every store must do: the prose of [`Store`] as tests. A store runs them all with
//!
//! ```text
//! foliosync_engine::store_contract!(Fresh::new());
//! ```
//!
//! where the expression gives a [`StoreUnderTest`] that nobody else uses; it is evaluated once a test.

mod budgets;
mod claims;
mod commits;
mod connections;
mod credentials;
mod crowd;
pub mod desk;
mod notices;
mod reads;
mod reopening;
mod requests;
mod rolling_up;
mod rows;
mod standing;
mod values;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::store::Store;

/// A place that a store keeps its rows in: empty at first.
#[async_trait]
pub trait StoreUnderTest: Send + Sync {
    /// Opens it, the first time or again. All handles that were given out before have been dropped.
    async fn open(&self, now: Timestamp) -> Arc<dyn Store>;
}

/// Names each test once: a function that no line names is dead code, and clippy says so.
macro_rules! contract {
    ($dollar:tt; $($module:ident: $($test:ident,)*;)*) => {
        $(pub use $module::{$($test),*};)*

        /// Stamps one test per promise of the contract; see [`testkit::store_contract`](self).
        #[macro_export]
        macro_rules! store_contract {
            ($dollar place:expr) => {$($(
                #[tokio::test]
                async fn $test() {
                    $dollar crate::testkit::store_contract::$test(&$dollar place).await;
                }
            )*)*};
        }
    };
}

contract! { $;
    connections:
        a_new_connection_is_due_at_once,
        labels_are_unique_until_removed,
        unknown_connections_are_refused,
        an_edit_ends_the_run_and_its_lease,
        a_removal_takes_the_rows_or_keeps_them,
    ;
    requests:
        a_request_makes_its_streams_due,
        schedules_can_be_left_out,
        a_plain_request_joins_the_run_that_is_going,
        a_request_with_options_runs_again,
        requests_that_wait_are_served_together,
        a_stream_that_does_not_run_is_due_after_the_run,
    ;
    claims:
        a_connection_is_leased_once,
        the_oldest_due_comes_first,
        of_many_claimers_one_wins,
        a_provider_may_have_a_bound_of_its_own,
        an_expired_lease_is_taken_over,
        a_commit_renews_its_lease,
        a_run_is_as_bad_as_its_worst_stream,
    ;
    commits:
        a_page_lands_as_a_whole,
        a_page_that_fails_changes_nothing,
        a_step_of_no_stream_changes_nothing,
        a_page_twice_is_as_once,
        a_gap_keeps_its_time_until_it_closes,
        a_gap_that_nothing_names_any_more_closes,
        last_synced_moves_with_success,
        the_log_grows_and_tells_each_run_whole,
        readers_see_whole_pages,
    ;
    rows:
        the_last_of_one_key_wins,
        equal_rows_are_not_written,
        corrections_are_noted,
        a_replace_stays_in_its_scope,
        missing_parts_of_a_key_are_equal,
        rows_without_a_key_are_added,
        a_page_that_has_an_order_of_its_own_is_refused,
    ;
    standing:
        what_is_newer_stays,
        a_named_value_that_is_newer_stays,
        what_is_settled_stays,
        rows_of_nobody_are_merged,
    ;
    values:
        numbers_are_exact,
        dates_and_instants_are_exact,
        texts_are_verbatim,
        settings_and_watermarks_are_verbatim,
    ;
    reads:
        filters_narrow_and_orders_sort,
        a_read_of_nothing_is_empty,
        rows_of_all_connections_name_their_own,
    ;
    notices:
        what_fails_for_good_is_told_once_with_the_commit,
        notices_outlive_the_program,
        what_is_told_of_a_connection_that_goes_is_over,
    ;
    reopening:
        reopening_ends_leases_and_keeps_the_work_due,
        reopening_keeps_every_row,
        numbers_go_on_after_reopening,
    ;
    rolling_up:
        old_runs_become_their_days,
        a_run_is_summed_up_once,
        the_last_run_of_each_and_live_ones_stay,
    ;
    credentials:
        credentials_are_sealed_for_their_connection,
        an_edit_sets_and_erases_what_it_names,
        a_refused_draft_leaves_credentials_alone,
        credentials_outlive_reopening,
        a_new_key_takes_all_credentials_or_none,
    ;
    crowd:
        many_connections_commit_at_once,
        a_bad_page_fails_alone,
        edits_and_commits_race_to_one_end,
    ;
    budgets:
        budgets_are_taken_together_and_kept,
        budgets_and_bans_outlive_the_program,
        a_crowd_never_takes_more_than_there_is,
    ;
}
