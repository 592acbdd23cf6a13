//! What is held and what it is worth.

use std::cmp::Reverse;

use foliosync_engine::model::Decimal;
use rmcp::model::CallToolResult;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{ANSWER_BYTES_MAX, fitting, sound};
use super::api::Api;
use super::standing::{Standing, recent_report};
use crate::cli::encoded;
use crate::failure::Failure;

const LINES_DEFAULT: usize = 50;
const LINES_MAX: usize = 500;
/// Lines that are read to find the largest ones; whoever holds more asks with SQL.
const LINES_READ_MAX: usize = 10_000;
const MISSING_MAX: usize = 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortfolioAsk {
    /// In which to value everything, such as EUR; the user's own base currency where none is given.
    currency: Option<String>,
    /// How many lines at most, the largest first: 50 unless told, up to 500.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Of all values and of the total.
    currency: String,
    /// When it was valued.
    at: String,
    /// Over everything that is held, whatever lines are shown.
    total: Total,
    connections: Vec<ConnectionTotal>,
    /// The largest first; those without a value last.
    lines: Vec<Line>,
    /// Lines that are not shown; the total holds them.
    lines_left_out: usize,
    /// What has no value or an old one, and why: the first ones.
    missing: Vec<Missing>,
    missing_left_out: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Total {
    /// Of what has a value, old ones included; null where nothing has one. Exact, as a text.
    value: Option<String>,
    priced: usize,
    /// Those of them of which quantity, price or rate are old.
    stale: usize,
    unpriced: usize,
    /// Whether anything is old or lacks.
    partial: bool,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ConnectionTotal {
    connection: i64,
    label: String,
    provider: String,
    #[serde(flatten)]
    total: Total,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Line {
    label: String,
    /// The wallet of a balance, the account of a position.
    part: String,
    /// As the source names it.
    asset: String,
    kind: Option<String>,
    name: Option<String>,
    instrument: Option<String>,
    quantity: String,
    price: Option<String>,
    price_currency: Option<String>,
    price_as_of: Option<String>,
    /// Null: unpriced, which is not zero.
    value: Option<String>,
    /// When this much was held, by the source.
    as_of: String,
    /// `stale` where quantity, price or rate are old, else `fresh`.
    #[serde(default)]
    freshness: String,
    #[serde(skip_serializing, default)]
    stale: bool,
    /// Why it is unpriced or old.
    remark: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Missing {
    label: String,
    asset: String,
    why: String,
}

/// What `/api/portfolio` answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    currency: String,
    at: String,
    total: Total,
    connections: Vec<ConnectionTotal>,
    lines: Vec<Line>,
    next_after: Option<String>,
}

pub async fn portfolio(api: &Api, ask: PortfolioAsk) -> Result<CallToolResult, Failure> {
    let limit = ask.limit.unwrap_or(LINES_DEFAULT);
    if !(1..=LINES_MAX).contains(&limit) {
        let hint = "run_sql over accounts.valuation reads as many as you like";
        return Err(Failure::input(format!("`limit` is between 1 and {LINES_MAX} lines"), hint));
    }
    let standing = Standing::beside_valuation(recent_report(api).await?);
    let Page { currency, at, total, connections, mut lines, .. } = all(api, ask.currency.as_deref()).await?;
    lines.sort_by_key(|line| Reverse(worth(line)));
    let (missing, missing_left_out) = fitting(missing(&lines), MISSING_MAX, ANSWER_BYTES_MAX / 5);
    let (lines, _) = fitting(lines, limit, ANSWER_BYTES_MAX / 2);
    let lines_left_out = (total.priced + total.unpriced).saturating_sub(lines.len());
    let (connections, _) = fitting(connections, usize::MAX, ANSWER_BYTES_MAX / 5);
    let standing = match lacking(&total, &currency) {
        Some(what) => standing.lacking(&what),
        None => standing,
    };
    let held = Held { currency, at, total, connections, lines, lines_left_out, missing, missing_left_out };
    sound(standing, held)
}

/// All lines, with the head of the last page.
async fn all(api: &Api, currency: Option<&str>) -> Result<Page, Failure> {
    let (mut lines, mut after) = (Vec::new(), String::new());
    let currency = currency.map(|currency| format!("currency={}&", encoded(currency))).unwrap_or_default();
    loop {
        let mut page: Page = api.get(&format!("/api/portfolio?{currency}{after}")).await?;
        lines.append(&mut page.lines);
        match &page.next_after {
            Some(last) if lines.len() < LINES_READ_MAX => after = format!("after={}", encoded(last)),
            _ => break Ok(Page { lines: lines.into_iter().map(Line::with_freshness).collect(), ..page }),
        }
    }
}

impl Line {
    fn with_freshness(mut self) -> Line {
        self.freshness = if self.stale { "stale" } else { "fresh" }.into();
        self
    }
}

/// None is less than any worth.
fn worth(line: &Line) -> Option<Decimal> {
    let value = line.value.as_ref().and_then(|value| Decimal::parse(value.as_bytes()).ok())?;
    // Debts are as large as what they come to.
    Decimal::parse(value.to_string().trim_start_matches('-').as_bytes()).ok()
}

fn missing(lines: &[Line]) -> Vec<Missing> {
    let lacks = |line: &&Line| line.value.is_none() || line.stale;
    let told = |line: &Line| Missing {
        label: line.label.clone(),
        asset: line.asset.clone(),
        why: match (&line.remark, line.value.is_none()) {
            (Some(remark), _) => remark.clone(),
            (None, true) => "it has no price".into(),
            (None, false) => "its quantity, price or rate is old".into(),
        },
    };
    lines.iter().filter(lacks).map(told).collect()
}

fn lacking(total: &Total, currency: &str) -> Option<String> {
    let all = total.priced + total.unpriced;
    let mut faults = Vec::new();
    if total.unpriced > 0 {
        faults
            .push(format!("{} of {all} lines of the portfolio have no value and are not in the total", total.unpriced));
    }
    if total.stale > 0 {
        faults.push(format!("{} of {all} lines of the portfolio have an old quantity, price or rate", total.stale));
    }
    if faults.is_empty() && total.partial {
        faults.push(format!("the total in {currency} is partial"));
    }
    (!faults.is_empty()).then(|| faults.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_total_lacks_is_said() {
        let check = |priced: usize, stale: usize, unpriced: usize, want: Option<&str>| {
            let total = Total { value: None, priced, stale, unpriced, partial: stale + unpriced > 0 };
            assert_eq!(lacking(&total, "EUR").as_deref(), want);
        };
        check(4, 0, 0, None);
        check(3, 0, 1, Some("1 of 4 lines of the portfolio have no value and are not in the total"));
        check(4, 2, 0, Some("2 of 4 lines of the portfolio have an old quantity, price or rate"));
        let both = "1 of 4 lines of the portfolio have no value and are not in the total; 2 of 4 lines of the portfolio \
                    have an old quantity, price or rate";
        check(3, 2, 1, Some(both));
        let odd = Total { value: None, priced: 1, stale: 0, unpriced: 0, partial: true };
        assert_eq!(lacking(&odd, "EUR").as_deref(), Some("the total in EUR is partial"));
    }

    #[test]
    fn the_largest_line_comes_first_whatever_its_sign() {
        let line = |value: Option<&str>| {
            let json = serde_json::json!({
                "label": "l", "part": "p", "asset": "a", "quantity": "1", "value": value, "asOf": "t", "stale": false,
            });
            serde_json::from_value::<Line>(json).unwrap()
        };
        let mut lines = [line(Some("9")), line(None), line(Some("-100.5")), line(Some("10"))];
        lines.sort_by_key(|line| Reverse(worth(line)));
        let values: Vec<_> = lines.iter().map(|line| line.value.as_deref()).collect();
        assert_eq!(values, [Some("-100.5"), Some("10"), Some("9"), None]);
    }
}
