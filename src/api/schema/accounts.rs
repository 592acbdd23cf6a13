//! What is held and what it is worth, and what the user was told.

use utoipa::ToSchema;

/// Amounts are texts, so that no digit is lost.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Portfolio {
    /// In which everything is valued.
    currency: String,
    #[schema(format = DateTime)]
    at: String,
    total: Total,
    connections: Vec<ConnectionTotal>,
    lines: Vec<HoldingLine>,
    /// Give it as `after` for the next page; null on the last one.
    next_after: Option<String>,
}

/// Over all that is asked for, whatever the page shows.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    /// Of what has a value, old ones included; null where nothing has one.
    value: Option<String>,
    priced: i64,
    /// Those of them of which quantity, price or rate are old.
    stale: i64,
    unpriced: i64,
    /// Whether anything is old or lacks.
    partial: bool,
    /// What the lines whose previous close is known have gained since.
    day_change: Option<String>,
    /// How many lines those are.
    day_change_of: i64,
    /// What those lines were worth then.
    day_before: Option<String>,
    /// The change in per cent of that.
    day_change_pct: Option<String>,
}

#[derive(ToSchema)]
pub struct ConnectionTotal {
    connection: i64,
    label: String,
    provider: String,
    #[serde(flatten)]
    total: Total,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldingLine {
    /// Its place in the order of all lines. Opaque.
    key: String,
    connection: i64,
    label: String,
    provider: String,
    /// The wallet of a balance, the account of a position.
    part: String,
    /// As the source names it.
    asset: String,
    /// `net`, `long` or `short` for positions.
    side: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    /// What it is; null while nobody has said.
    instrument: Option<String>,
    quantity: String,
    /// Units of what is priced in each unit that is held; null: not known.
    multiplier: Option<String>,
    price: Option<String>,
    price_currency: Option<String>,
    #[schema(format = DateTime)]
    price_as_of: Option<String>,
    /// In the currency of the price.
    previous_close: Option<String>,
    /// What one unit of the price's currency is in the portfolio's.
    rate: Option<String>,
    #[schema(format = Date)]
    rate_date: Option<String>,
    /// Null: unpriced, which is not zero.
    value: Option<String>,
    /// What the value has gained since the previous close, at the same rate; null: that close is not known.
    day_change: Option<String>,
    /// When this much was held, by the source.
    #[schema(format = DateTime)]
    as_of: String,
    /// Whether quantity, price or rate are old.
    stale: bool,
    /// Why it is unpriced or old.
    remark: Option<String>,
}

/// Days that were looked at, oldest first.
#[derive(ToSchema)]
pub struct PortfolioDays {
    days: Vec<PortfolioDay>,
}

#[derive(ToSchema)]
pub struct PortfolioDay {
    #[schema(format = Date)]
    date: String,
    currency: String,
    #[serde(flatten)]
    total: Total,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// In which everything is valued.
    base_currency: String,
    /// Those that there is a rate of, and the base currency.
    currencies: Vec<String>,
}

#[derive(ToSchema)]
pub struct Reconciliations {
    connections: Vec<Reconciliation>,
}

/// What fills and flows come to, beside what the source says is held.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    connection: i64,
    label: String,
    /// The first fill or flow that is known.
    #[schema(format = DateTime)]
    since: Option<String>,
    fills: i64,
    flows: i64,
    /// Whether every line agrees.
    agrees: bool,
    lines: Vec<ReconciliationLine>,
}

#[derive(ToSchema)]
pub struct ReconciliationLine {
    what: ReconciledThing,
    /// Of a position; balances are compared over all wallets.
    account: Option<String>,
    asset: String,
    /// By fills and flows; null: it cannot be worked out.
    implied: Option<String>,
    reported: String,
    /// What is reported beyond what is implied.
    drift: Option<String>,
    /// Why it cannot be worked out.
    remark: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReconciledThing {
    Position,
    Balance,
}

#[derive(ToSchema)]
pub struct Notifications {
    /// The newest first.
    notifications: Vec<Notification>,
    /// Where else the user is told.
    notifiers: Vec<Notifier>,
}

/// How far it has come is there once it was looked at.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notifier {
    name: NotifierName,
    /// The host that it leads to.
    host: String,
    /// The last notification that it took, or that was given up.
    sent_up_to: Option<i64>,
    /// Notifications that it would not take for a day.
    given_up: Option<i64>,
    /// Failures since it last took one.
    failures: Option<i64>,
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    #[schema(format = DateTime)]
    last_sent_at: Option<String>,
    /// Why it did not take the last one.
    error: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotifierName {
    Webhook,
    Ntfy,
}

#[derive(ToSchema)]
pub struct NotifiersTried {
    notifiers: Vec<NotifierTried>,
}

#[derive(ToSchema)]
pub struct NotifierTried {
    name: NotifierName,
    ok: bool,
    message: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    id: i64,
    #[schema(format = DateTime)]
    at: String,
    kind: NotificationKind,
    provider: String,
    /// Null: it is about all connections to the provider.
    connection_id: Option<i64>,
    label: Option<String>,
    message: String,
    /// When what it tells was over; null while it goes on.
    #[schema(format = DateTime)]
    over_at: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    Error,
    NeedsAttention,
    Recovered,
}
