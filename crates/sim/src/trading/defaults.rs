//! The accounts that are there from the start, and what opens them. Invented for the simulator; they open nothing else.

use super::account::{NewAccount, Service};
use super::credential::{Credential, Permission, Secret};

/// An account and one of the ways into it.
pub struct Door {
    pub account: NewAccount,
    pub credential: Credential,
}

/// Of RFC 8032's first test key, whose private half everybody may know.
const ED25519_PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

pub fn doors() -> Vec<Door> {
    use Service::{Alpaca, Binance, IbkrFlex, Okx};
    let door = |account: NewAccount, id: &str, secret: Option<&str>| {
        let secret = secret.map_or(Secret::None, |secret| Secret::Shared(secret.into()));
        let credential = Credential::new(&account.name, id, secret);
        Door { account, credential }
    };
    let binance = || NewAccount::new(Binance, "binance-main");
    let mut trading =
        door(binance(), &sixty_four("SimBinanceTradingKey"), Some(&sixty_four("SimBinanceTradingSecret")));
    trading.credential = trading.credential.permissions([Permission::Read, Permission::Trade, Permission::Withdraw]);
    let mut ed25519 = door(binance(), &sixty_four("SimBinanceEd25519Key"), None);
    ed25519.credential.secret = Secret::Ed25519(ED25519_PUBLIC.into());
    let okx = |account, id: &str, secret: &str| {
        let door = door(account, id, Some(secret));
        Door { credential: door.credential.passphrase("Sim-Passphrase-1"), ..door }
    };
    vec![
        door(binance(), &sixty_four("SimBinanceKey"), Some(&sixty_four("SimBinanceSecret"))),
        ed25519,
        trading,
        okx(
            NewAccount::new(Okx, "okx-main"),
            "00000000-51a1-4000-8000-00000000000a",
            "51A1000000000000000000000000000A",
        ),
        okx(
            NewAccount::new(Okx, "okx-demo").paper(),
            "00000000-51a1-4000-8000-00000000000b",
            "51A1000000000000000000000000000B",
        ),
        door(NewAccount::new(Alpaca, "alpaca-live"), "AKSIMULATEDLIVE00001", Some(&forty("SimAlpacaLiveSecret"))),
        door(
            NewAccount::new(Alpaca, "alpaca-paper").paper(),
            "PKSIMULATEDPAPER0001",
            Some(&forty("SimAlpacaPaperSecret")),
        ),
        door(NewAccount::new(IbkrFlex, "ibkr-main"), "510000000000000000000001", None),
        // Also reported together with the first, by a query over both.
        door(NewAccount::new(IbkrFlex, "ibkr-second").orders_per_day(4), "510000000000000000000002", None),
    ]
}

fn sixty_four(name: &str) -> String {
    format!("{name:0<64}")
}

fn forty(name: &str) -> String {
    format!("{name:0<40}")
}
