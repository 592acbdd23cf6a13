//! What exported files look like, by their first row. Binance has changed it often, and exports other things in files
//! that look alike.

/// Where a file of trades has what.
pub struct Layout {
    header: &'static [&'static str],
    /// Whether times are UTC; otherwise the zone is in the file's name.
    pub is_utc: bool,
    /// Whether amounts and their coins are one text: `43.7VET`.
    pub is_glued: bool,
    pub time: usize,
    pub pair: usize,
    pub side: usize,
    pub price: usize,
    pub quantity: usize,
    pub total: usize,
    pub fee: usize,
    pub fee_asset: Option<usize>,
    /// What is traded, and what for.
    pub split: Option<(usize, usize)>,
    pub order: Option<usize>,
}

const GLUED: Layout = Layout {
    header: &["date(utc)", "pair", "side", "price", "executed", "amount", "fee"],
    is_utc: true,
    is_glued: true,
    time: 0,
    pair: 1,
    side: 2,
    price: 3,
    quantity: 4,
    total: 5,
    fee: 6,
    fee_asset: None,
    split: None,
    order: None,
};

const LAYOUTS: [Layout; 5] = [
    Layout {
        header: &["date(utc)", "market", "type", "price", "amount", "total", "fee", "fee coin"],
        is_glued: false,
        fee_asset: Some(7),
        ..GLUED
    },
    GLUED,
    Layout { header: &["time", "pair", "side", "price", "executed", "amount", "fee"], is_utc: false, ..GLUED },
    Layout {
        header: &[
            "order no",
            "time",
            "pair",
            "side",
            "price",
            "executed",
            "amount",
            "fee",
            "aor conversion pair",
            "aor conversion rate",
        ],
        is_utc: false,
        is_glued: true,
        time: 1,
        pair: 2,
        side: 3,
        price: 4,
        quantity: 5,
        total: 6,
        fee: 7,
        fee_asset: None,
        split: None,
        order: Some(0),
    },
    // The sheet of the report centre, saved as CSV.
    Layout {
        header: &[
            "date(utc)",
            "pair",
            "base asset",
            "quote asset",
            "type",
            "price",
            "amount",
            "total",
            "fee",
            "fee coin",
        ],
        is_utc: true,
        is_glued: false,
        time: 0,
        pair: 1,
        side: 4,
        price: 5,
        quantity: 6,
        total: 7,
        fee: 8,
        fee_asset: Some(9),
        split: Some((2, 3)),
        order: None,
    },
];

impl Layout {
    pub fn width(&self) -> usize {
        self.header.len()
    }

    /// The layout with this first row, or why the file cannot be used. The reason ends the sentence "The file …".
    pub fn of(header: &[String]) -> Result<&'static Layout, String> {
        if let Some(layout) = LAYOUTS.iter().find(|layout| layout.header == header) {
            return Ok(layout);
        }
        let has = |name: &str| header.iter().any(|column| column == name);
        let instead = "export Trade History instead";
        Err(if has("orderno") && has("status") {
            format!("is an order history, which has no fees and no single trades: {instead}")
        } else if has("operation") && has("change") {
            format!("is a transaction history, in which trades of one second cannot be told apart: {instead}")
        } else if has("inverse price") {
            "is a list of conversions, which are no trades on a market and are not read".into()
        } else if has("txid") || has("payment method") || (has("coin") && has("network")) {
            "is a list of deposits or withdrawals, which are no trades and are not read".into()
        } else if header.len() == 1 && header[0].contains([';', '\t']) {
            "has no commas between its columns: save it with commas".into()
        } else {
            let listed: Vec<&str> = header.iter().take(12).map(String::as_str).collect();
            format!("is no Trade History of Binance as it is known; its columns are: {}", listed.join(", "))
        })
    }
}
