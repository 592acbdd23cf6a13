//! Pages: where they end, and that a sweep goes on from each as if it had never stopped.

use foliosync_engine::limits::PAGE_ROWS_MAX;
use foliosync_engine::model::sync::SyncOptions;
use serde_json::json;

use crate::folder::{Connection, many_trades, padded};

#[test]
fn a_page_ends_behind_the_block_that_fills_it() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", many_trades(PAGE_ROWS_MAX));
    c.write("d/tradelog.csv", padded(&many_trades(2)));
    for name in ["a", "c", "e", "f"] {
        c.write(&format!("{name}/tradelog.csv"), many_trades(2));
    }
    for (names, watermark, left) in [(["a", "b"], Some("b"), 6), (["c", "d"], Some("d"), 4), (["e", "f"], None, 2)] {
        let page = c.fetch(&SyncOptions::default()).unwrap();
        assert_eq!(page.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), names);
        assert_eq!((page.watermark["after"].as_str(), page.more), (watermark, watermark.is_some()));
        assert_eq!(page.expected, Some(left), "each page tells its items and those after it");
        c.watermark = Some(page.watermark);
    }
    assert_eq!(c.watermark, Some(json!({"after": null})));
}

/// What earlier pages stored must not make later ones believe that too little is gone to doubt it, nor too much.
#[test]
fn pages_of_one_sweep_agree_on_removals() {
    for (lost, is_removed) in [(vec!["y", "z"], false), (vec!["z"], true)] {
        let mut c = Connection::tradelog();
        for name in ["x", "y", "z"] {
            c.write(&format!("{name}/tradelog.csv"), many_trades(1));
        }
        c.sync();
        lost.iter().for_each(|name| c.remove(name));
        for name in ["a", "b", "c"] {
            c.write(&format!("{name}/tradelog.csv"), many_trades(1));
        }
        c.write("d/tradelog.csv", padded(&many_trades(1)));

        let first = c.fetch(&SyncOptions::default()).unwrap();
        assert!(first.more);
        c.store.apply(&first.changes);
        c.watermark = Some(first.watermark);
        let rest = c.sync();
        assert_eq!(rest.items.len(), 3);
        let status = if is_removed { "z Updated" } else { "z Missing" };
        assert_eq!(rest.outline().last().unwrap(), status);
    }
}

#[test]
fn a_watermark_of_unknown_form_means_the_start() {
    let mut c = Connection::tradelog();
    c.write("a/tradelog.csv", many_trades(1));
    for foreign in [json!(null), json!({"after": 7}), json!("z"), json!({"after": "z", "sealed": true})] {
        c.watermark = Some(foreign);
        assert_eq!(c.sync().items.len(), 1);
    }
}
