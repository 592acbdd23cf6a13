use foliosync_engine::{clock::Clock, files::Files, http::Http, model::Batch, model::sync::SyncOptions, provider::*};
use std::collections::BTreeMap;
use std::time::Instant;
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let p = foliosync_providers::find("tradelog").unwrap();
    let reach = Reach { http: Http::offline(Clock::System), files: Files::default() };
    let settings = BTreeMap::from([("path".to_string(), std::env::args().nth(1).unwrap())]);
    let mut work: Option<Batch> = None;
    for (name, rehash) in [
        ("cold", false),
        ("cold", false),
        ("cold", false),
        ("stat", false),
        ("stat", false),
        ("stat", false),
        ("rehash", true),
        ("rehash", true),
        ("rehash", true),
    ] {
        let options = SyncOptions { rehash, ..Default::default() };
        let w = if name == "cold" { None } else { work.clone() };
        let req = FetchRequest {
            stream: "blocks",
            settings: &settings,
            watermark: None,
            work: w.as_ref(),
            options: &options,
            now: jiff::Timestamp::now(),
        };
        let t = Instant::now();
        let page = p.fetch(&reach, &req).await.unwrap();
        println!(
            "{name} {:?} items {} changes {} rows {} more {}",
            t.elapsed(),
            page.items.len(),
            page.changes.len(),
            page.changes.iter().map(|c| c.rows().len()).sum::<usize>(),
            page.more
        );
        if name == "cold" {
            println!("{:?}", page.items[0]);
            let batches: Vec<_> =
                page.changes.iter().map(|c| c.rows()).filter(|b| b.table.name == "_sync_metadata").collect();
            let mut b = foliosync_engine::model::BatchBuilder::new(batches[0].table);
            for x in batches {
                let v: Vec<_> = (0..8).map(|c| x.value(0, c)).collect();
                b.push_values(&v);
            }
            work = Some(b.finish());
        }
    }
}
