//! What is handed to a simulator is answered as it is over a socket.

use axum::http::{Request, Response};
use bytes::Bytes;
use foliosync_sim::{Fault, Sim, When};

use crate::support::{FRIDAY_NOON, World};

#[tokio::test]
async fn no_socket_makes_no_difference() {
    let (world, offline) = (World::start(FRIDAY_NOON), Sim::offline(&World::options(FRIDAY_NOON)));
    let hand = |path: &str| -> Option<Response<Bytes>> {
        offline.answer(Request::builder().uri(format!("/{path}")).body(Bytes::new()).unwrap())
    };
    for path in [
        "binance/api/v3/time",
        "binance/api/v3/ticker/price?symbols=%5B%22BTCUSDT%22,%22ETHBTC%22%5D",
        "binance/api/v3/account?timestamp=1",
        "ecb/stats/eurofxref/eurofxref-daily.xml",
        "sim/now",
        "nowhere/now",
    ] {
        let sent = world.get(path).await;
        let handed = hand(path).unwrap();
        assert_eq!(handed.status(), sent.status, "{path}");
        assert_eq!(handed.body(), &Bytes::from(sent.text), "{path}");
        for (name, value) in handed.headers() {
            assert_eq!(sent.headers.get(name.as_str()).map(|value| value.as_bytes()), Some(value.as_bytes()), "{path}");
        }
    }
    assert_eq!(offline.stats().of("binance").requests, 3, "it counts");
    offline.fault("binance", Fault::Reset, When::always());
    assert!(hand("binance/api/v3/time").is_none(), "cut off");
}
