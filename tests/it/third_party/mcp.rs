//! The official SDK's client at our tools, over both transports.

use serde_json::Value as Json;

use super::{clients, list, read, text};
use crate::world::World;

#[test]
fn the_official_sdk_calls_every_tool() {
    let Some(clients) = clients() else { return };
    let world = World::new();
    world.write_block("puts", 30, 1);
    world.connect();
    let serving = world.serve(&[]);
    let (data, url) = (world.data().display().to_string(), format!("http://{}/mcp", serving.address));
    let told =
        read(&clients, &world, "mcp_call.py", &[env!("CARGO_BIN_EXE_foliosync"), &data, &url, &world.token("sync")]);
    for way in ["stdio", "http", "http, with initialize"] {
        let told = &told[way];
        println!("\nover {way}, protocol {}", text(told, "protocol"));
        println!("  {:<18} {:<9} {:>6} {:>6}  first line", "tool", "answer", "ms", "steps");
        for call in list(told, "calls") {
            let answer = if call["isError"] == true { text(&call["structured"]["error"], "code") } else { "ok".into() };
            let steps = list(call, "steps").len();
            let (tool, first) = (text(call, "tool"), text(call, "first"));
            println!("  {tool:<18} {answer:<9} {:>6} {steps:>6}  {first:.80}", call["millis"].as_f64().unwrap());
            let is_meant_to_fail = call["arguments"]["sql"] == "SELEC 1";
            assert_eq!(call["isError"] == true, is_meant_to_fail, "{call}");
            if tool == "sync_now" {
                assert_eq!((&call["structured"]["outcome"], steps > 0), (&Json::from("ok"), true), "{call}");
            }
        }
        let tools = list(told, "tools");
        assert!(tools.len() == 7 && tools.iter().all(|tool| tool["hasOutputSchema"] == true), "{tools:?}");
        let writing: Vec<String> =
            tools.iter().filter(|tool| tool["readOnly"] == false).map(|tool| text(tool, "name")).collect();
        assert_eq!(writing, ["sync_now"]);
    }
}
