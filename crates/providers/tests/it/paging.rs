//! Pages: where they end, and that a sweep goes on from each as if it had never stopped.

use foliosync_engine::limits::PAGE_ROWS_MAX;
use foliosync_engine::model::sync::SyncOptions;
use foliosync_engine::model::trades::SYNC_METADATA;
use foliosync_engine::provider::Page;
use serde_json::json;

use crate::folder::{Connection, many_trades};

/// Blocks that fill a page each, with small ones between them.
fn folder() -> Connection {
    let c = Connection::tradelog();
    let large = many_trades(PAGE_ROWS_MAX);
    for name in ["b", "d"] {
        c.write(&format!("{name}/tradelog.csv"), &large);
    }
    for name in ["a", "c", "e", "f"] {
        c.write(&format!("{name}/tradelog.csv"), many_trades(2));
    }
    c
}

/// A page as far as its sweep is concerned.
fn outline(page: &Page) -> String {
    let items: Vec<_> =
        page.items.iter().map(|item| format!("{} {:?} {}", item.name, item.status, item.detail)).collect();
    let rows: Vec<_> = page.changes.iter().map(|change| change.rows().len()).collect();
    format!("{items:?} {rows:?} {} {} {:?}", page.watermark, page.more, page.expected)
}

/// Goes on to the end without storing rows, which takes long for large ones; `work` alone tells pages apart.
fn pages(c: &mut Connection, options: &SyncOptions) -> Vec<Page> {
    let mut pages = Vec::new();
    loop {
        let page = c.fetch(options).unwrap();
        c.watermark = Some(page.watermark.clone());
        let more = page.more;
        pages.push(page);
        if !more {
            return pages;
        }
    }
}

#[test]
fn resuming_from_every_watermark_gives_the_same_tail() {
    let mut c = folder();
    let options = SyncOptions::default();
    let straight = pages(&mut c, &options);
    let names: Vec<Vec<&str>> =
        straight.iter().map(|page| page.items.iter().map(|item| item.name.as_str()).collect()).collect();
    assert_eq!(names, [vec!["a", "b"], vec!["c", "d"], vec!["e", "f"]]);
    assert!(straight.iter().all(|page| page.expected == Some(6)));
    assert_eq!(straight.last().unwrap().watermark, json!({"after": null}));

    for cut in 0..straight.len() {
        // A new run begins behind a page: its work list has what was stored until then.
        let mut resumed = Connection::tradelog();
        (resumed.path, resumed.now) = (c.path.clone(), c.now);
        for page in &straight[..=cut] {
            let metadata: Vec<_> =
                page.changes.iter().filter(|change| change.rows().table.name == SYNC_METADATA.name).cloned().collect();
            resumed.store.apply(&metadata);
        }
        resumed.watermark = Some(straight[cut].watermark.clone());
        if straight[cut].more {
            let tail: Vec<_> = pages(&mut resumed, &options).iter().map(outline).collect();
            let want: Vec<_> = straight[cut + 1..].iter().map(outline).collect();
            assert_eq!(tail, want, "behind page {cut}");
        }
    }
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
        c.write("d/tradelog.csv", many_trades(PAGE_ROWS_MAX));

        let first = c.fetch(&SyncOptions::default()).unwrap();
        assert!(first.more);
        let metadata = first.changes.iter().filter(|change| change.rows().table.name == SYNC_METADATA.name);
        c.store.apply(&metadata.cloned().collect::<Vec<_>>());
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
