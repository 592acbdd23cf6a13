//! Every bound of the program, with its unit in its name.

use std::time::Duration;

use jiff::SignedDuration;

/// Rows in one page, over all its changes: what one commit carries and what a fetch may hold in memory.
pub const PAGE_ROWS_MAX: usize = 250_000;
/// Bytes of files that a provider reads for one page before it closes the page.
pub const PAGE_FILE_BYTES_MAX: u64 = 64 << 20;
/// Time for one fetch, shorter than the lease that each commit renews, so that no fetch outlives its lease.
pub const PAGE_SECONDS_MAX: Duration = Duration::from_secs(120);
pub const LEASE_SECONDS: Duration = Duration::from_secs(300);
/// Pages of one stream in one run; a provider that never ends is cut off here.
pub const RUN_PAGES_MAX: i64 = 10_000;
/// Time for pages that are on their way when the program is told to end.
pub const STOP_SECONDS: Duration = Duration::from_secs(3);
/// Part of every budget that only runs count on which somebody asked for: one in so many.
pub const BUDGET_RESERVE_PART: u32 = 10;
/// How late the dispatcher may notice what became due with time: a schedule, a retry, a lease that ran out.
pub const DISPATCH_SECONDS: Duration = Duration::from_secs(1);
/// Connections that run at once.
pub const RUNS_LIVE_MAX: usize = 5;
/// Mirrors that run at once, beside these.
pub const MIRRORS_LIVE_MAX: usize = 2;
/// Days that the log names each run; runs that ended earlier are summed up by day. The default of a setting.
pub const RUNS_KEPT_DAYS: u16 = 90;
/// Runs that one transaction sums up: little enough that nobody waits for it.
pub const ROLL_UP_RUNS_MAX: usize = 2_000;
/// How often is looked for runs that grew too old.
pub const ROLL_UP_SECONDS: Duration = Duration::from_secs(3_600);
/// Pages that one group commit takes.
pub const GROUP_PAGES_MAX: usize = 1_000;
/// Rows that one group commit takes before it closes (a single page may hold more).
pub const GROUP_ROWS_MAX: usize = 500_000;
/// Requests to the store that wait; past it, callers wait for a place.
pub const STORE_QUEUE_MAX: usize = 4_096;

/// Rows of one table that a mirror copies.
pub const MIRROR_ROWS_MAX: usize = 1_000_000;
/// Rows that a mirror writes for one page, in one request, and that it asks for at once.
pub const MIRROR_PAGE_ROWS_MAX: usize = 5_000;
pub const MIRROR_CALL_ROWS: usize = 50;
pub const MIRROR_READ_ROWS: usize = 1_000;
/// Time after which a mirror closes its page: what a crash may leave to be found again.
pub const MIRROR_PAGE_SECONDS: Duration = Duration::from_secs(20);
/// Rows without a readable key that a mirror looks at again, and rows that were refused in one sweep over a table.
pub const MIRROR_OPEN_ROWS_MAX: usize = 100;

/// Bytes of one CSV file.
pub const FILE_BYTES_MAX: u64 = 512 << 20;
/// Bytes of one row of a CSV file.
pub const ROW_BYTES_MAX: usize = 1 << 20;
/// Columns of a CSV file.
pub const FILE_COLUMNS_MAX: usize = 1_000;
pub const FOLDER_ENTRIES_MAX: usize = 100_000;
/// Characters of a rejected row that are kept.
pub const REJECTED_RAW_CHARS_MAX: usize = 500;
/// Rejected rows of one file that are kept one by one; the rest is counted.
pub const REJECTED_ROWS_MAX: usize = 1_000;
/// Rejected rows of one market-data file that its metadata names by line and reason.
pub const REJECTED_LINES_MAX: usize = 100;
/// A file changed more recently than this gets that long to settle before it is read.
pub const FILE_SETTLE_MILLIS: u64 = 50;
/// An unchanged time stamp proves unchanged bytes once the file was this old when it was read.
pub const FILE_STAT_TRUST_MILLIS: u64 = 2_000;

/// Bytes of a decompressed answer.
pub const RESPONSE_BYTES_MAX: usize = 64 << 20;
/// Bytes of one XML document, elements within each other, and bytes of one element's name and attributes.
pub const XML_BYTES_MAX: usize = 32 << 20;
pub const XML_DEPTH_MAX: usize = 32;
pub const XML_TAG_BYTES_MAX: usize = 16 << 10;
/// Attempts at one request that is safe to repeat.
pub const REQUEST_ATTEMPTS_MAX: u32 = 3;
/// A request with its whole answer.
pub const REQUEST_SECONDS_MAX: Duration = Duration::from_secs(30);
pub const CONNECT_SECONDS_MAX: Duration = Duration::from_secs(10);
/// Silence of a host in the middle of an answer.
pub const SILENCE_SECONDS_MAX: Duration = Duration::from_secs(15);
/// Redirects that one request follows, all within one origin.
pub const REDIRECTS_MAX: usize = 3;
/// Characters of an error's text about a request that are shown.
pub const ERROR_CHARS_MAX: usize = 1_000;
/// The longest ban that is believed: past it, one request asks again.
pub const BAN_SECONDS_MAX: i64 = 32 * 86_400;
/// A slice of a budget lasts about so long at the budget's pace: what a crash may waste, against how often the store is
/// asked.
pub const SLICE_SECONDS: i64 = 3;
/// A clock that is set back by more than this had been wrong before.
pub const CLOCK_BACK_SECONDS_MAX: i64 = 300;

/// Lines of a run's log that one page names one by one; the rest is counted.
pub const EVENT_ITEMS_MAX: usize = 500;
pub const EVENTS_PAGE_MAX: usize = 1_000;
/// Events that wait for a slow listener; past it, the listener reads the store again.
pub const EVENT_QUEUE_MAX: usize = 1_024;

/// Rows, bytes and time of the answer to a query.
pub const QUERY_ROWS_MAX: usize = 10_000;
pub const QUERY_BYTES_MAX: usize = 16 << 20;
pub const QUERY_CELL_BYTES_MAX: usize = 1 << 20;
pub const QUERY_SECONDS_MAX: Duration = Duration::from_secs(30);
pub const QUERY_TEXT_BYTES_MAX: usize = 1 << 20;
/// Queries that run at once, and how long one waits for its turn.
pub const QUERIES_LIVE_MAX: usize = 4;
pub const QUERY_QUEUE_SECONDS_MAX: Duration = Duration::from_secs(30);
/// Processes for queries that wait for the next, and how long.
pub const QUERY_IDLE_MAX: usize = 2;
pub const QUERY_IDLE_SECONDS_MAX: Duration = Duration::from_secs(120);
/// What the process of a query may have: memory that its database counts, all of its memory with its code, processor
/// time, threads, and open files.
pub const QUERY_MEMORY_BYTES_MAX: u64 = 512 << 20;
pub const QUERY_ADDRESS_BYTES_MAX: u64 = 2 << 30;
pub const QUERY_CPU_SECONDS_MAX: u64 = 60;
pub const QUERY_THREADS: i64 = 2;
pub const QUERY_FILES_MAX: u64 = 64;
/// Queries that do not ask for the newest rows see a copy of at least this age renewed, or of so many times what it
/// cost to make it.
pub const SNAPSHOT_AGE_SECONDS_MIN: Duration = Duration::from_secs(2);
pub const SNAPSHOT_COST_SHARE: u32 = 10;

/// What cannot start within this is reported as deferred, with its next attempt.
pub const SYNC_START_SECONDS_MAX: Duration = Duration::from_secs(30);
/// Silence on a stream of progress lines before a heartbeat is sent.
pub const HEARTBEAT_SECONDS: Duration = Duration::from_secs(10);
/// The longest rest between two looks at the log for a listener.
pub const TELL_PAUSE_MAX: Duration = Duration::from_millis(100);
/// Time between two looks for notifications that are to be passed on.
pub const NOTIFY_SECONDS: Duration = Duration::from_secs(5);
/// A notification that nobody took for so long is given up.
pub const NOTICE_HOURS_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Time for passing on one notification.
pub const NOTICE_SECONDS_MAX: Duration = Duration::from_secs(15);
/// A server that a command started leaves after this long without clients.
pub const IDLE_SECONDS_MAX: Duration = Duration::from_secs(60);
/// Lines of one answer about what is held.
pub const PORTFOLIO_LINES_MAX: usize = 1_000;
/// Time between two looks at what everything is worth.
pub const VALUATION_SECONDS: Duration = Duration::from_secs(30);
/// Rows of one answer about prices.
pub const PRICE_ROWS_MAX: usize = 1_000;
/// Days of one small chart.
pub const SPARKLINE_DAYS_MAX: i64 = 366;
/// Data is not stale before it is so old: data that may come at any time, and data that comes once a day and may be late.
pub const STALE_SECS_MIN: i64 = 300;
pub const STALE_DAILY_SECS_MIN: i64 = 3 * 3_600;
/// A price older than this is stale, unless its exchange has been closed since.
pub const QUOTE_STALE_SECS: i64 = 3_600;
/// Bytes of a request to the program's own API.
pub const API_BODY_BYTES_MAX: usize = 1 << 20;
pub const LABEL_CHARS_MAX: usize = 64;
pub const SETTING_CHARS_MAX: usize = 4_096;
/// Days that a currency rate may be old and still stand for a date, which says its age: a week-end and holidays around it.
pub const FX_AGE_DAYS_MAX: i64 = 7;
/// Days after which a currency rate is old: longer than a week-end with a holiday before and behind it.
pub const FX_STALE_DAYS: i64 = 5;
/// Days of currency rates that a first run reads at most: ten years of all currencies fit into one page.
pub const FX_HISTORY_DAYS_MAX: i64 = 3_653;
