//! The list of tools: name, meaning, and what goes in and comes out. Few, because models choose badly among many, and
//! what none of them answers, SQL does.

use std::sync::{Arc, LazyLock};

use rmcp::handler::server::tool::{schema_for_input, schema_for_output};
use rmcp::model::{CallToolResult, JsonObject, Tool, ToolAnnotations};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::answer::{Fault, Sound};
use super::api::Api;
use super::{connections, database, holdings, syncs};
use crate::failure::Failure;

pub static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(all);

fn all() -> Vec<Tool> {
    use connections::{FreshnessAsk, FreshnessTold, ListAsk, Listed};
    use database::{DescribeAsk, Described, Queried, QueryAsk};
    use holdings::{Held, PortfolioAsk};
    use syncs::{RunStatusAsk, RunsTold, SyncNowAsk, Synced};
    vec![
        reads::<DescribeAsk, Described>(
            "describe_database",
            "Describe the database",
            "Tables and columns, what they mean, how many rows they have, and example queries. Call it before run_sql; \
             with `schema` or `table` it tells the meaning of every column.",
        ),
        reads::<QueryAsk, Queried>(
            "run_sql",
            "Ask with SQL",
            "Runs one SQL statement (DuckDB) that only reads, over prices, balances, positions, fills, cash flows, round \
             trips, valuations, trade logs and the sync log. Use describe_database first.",
        ),
        reads::<FreshnessAsk, FreshnessTold>(
            "freshness",
            "How fresh the data is",
            "How old the data of each connection and stream is, what lacks and why, and how many prices are old or \
             absent. Ask it whenever a number must be current.",
        ),
        reads::<ListAsk, Listed>(
            "list_connections",
            "List connections",
            "The accounts, services and folders that data comes from, with their state, last error and next attempt.",
        ),
        syncs_::<SyncNowAsk, Synced>(
            "sync_now",
            "Sync now",
            "Reads what changed at the sources, now. Only when the user wants newer data: it takes from budgets of \
             requests. Tells how each run ended; stored data is never lost by it.",
        ),
        reads::<RunStatusAsk, RunsTold>(
            "run_status",
            "How syncs went",
            "The latest runs and how they ended; or one run by its id, with every stream and every item that failed.",
        ),
        reads::<PortfolioAsk, Held>(
            "portfolio",
            "What is held and what it is worth",
            "Everything that is held, valued in one currency, with the total, what the total lacks, and each line's age. \
             Prefer it over SQL for questions about the whole.",
        ),
    ]
}

/// Calls a tool. `Err` is a fault in the protocol: a tool that there is not.
pub async fn call(
    api: &Api,
    name: &str,
    arguments: Option<JsonObject>,
    context: &RequestContext<RoleServer>,
) -> Result<Result<CallToolResult, Failure>, ErrorData> {
    let given = Json::Object(arguments.unwrap_or_default());
    Ok(match name {
        "describe_database" => with(name, given, async |ask| database::describe(api, ask).await).await,
        "run_sql" => with(name, given, async |ask| database::run_sql(api, ask).await).await,
        "freshness" => with(name, given, async |ask| connections::freshness(api, ask).await).await,
        "list_connections" => with(name, given, async |ask| connections::list(api, ask).await).await,
        "sync_now" => with(name, given, async |ask| syncs::sync_now(api, ask, context).await).await,
        "run_status" => with(name, given, async |ask| syncs::run_status(api, ask).await).await,
        "portfolio" => with(name, given, async |ask| holdings::portfolio(api, ask).await).await,
        _ => return Err(ErrorData::invalid_params(format!("there is no tool `{name}`"), None)),
    })
}

async fn with<T: DeserializeOwned>(
    name: &str,
    given: Json,
    answer: impl AsyncFnOnce(T) -> Result<CallToolResult, Failure>,
) -> Result<CallToolResult, Failure> {
    match serde_json::from_value(given) {
        Ok(ask) => answer(ask).await,
        Err(error) => Err(Failure::input(
            format!("the arguments of {name} cannot be read: {error}"),
            "its input schema says which there are",
        )),
    }
}

fn reads<I: JsonSchema + 'static, O: JsonSchema + 'static>(
    name: &'static str,
    title: &'static str,
    what: &'static str,
) -> Tool {
    tool::<I, O>(name, title, what)
        .with_annotations(ToolAnnotations::with_title(title).read_only(true).idempotent(true).open_world(false))
}

/// Changes no more than what the sources have; reaches out to them.
fn syncs_<I: JsonSchema + 'static, O: JsonSchema + 'static>(
    name: &'static str,
    title: &'static str,
    what: &'static str,
) -> Tool {
    let hints =
        ToolAnnotations::with_title(title).read_only(false).destructive(false).idempotent(true).open_world(true);
    tool::<I, O>(name, title, what).with_annotations(hints)
}

fn tool<I: JsonSchema + 'static, O: JsonSchema + 'static>(
    name: &'static str,
    title: &'static str,
    what: &'static str,
) -> Tool {
    // Only a root that is no object fails, and every one here is a struct.
    let mut input = Json::Object(schema_for_input::<I>().unwrap_or_default().as_ref().clone());
    let mut output = Json::Object(with_fault(schema_for_output::<Sound<O>>().as_ref().clone()));
    slim(&mut input);
    slim(&mut output);
    // The same in every tool, and its fields' names say enough.
    for (part, telling) in [("Standing", &["summary", "complete"][..]), ("Snapshot", &[]), ("Stale", &[])] {
        let Some(part) = output["$defs"][part].as_object_mut() else { continue };
        part.insert("required".into(), json!(telling));
        let fields = part.get_mut("properties").and_then(Json::as_object_mut).into_iter().flatten();
        for (_, field) in fields.filter(|(name, _)| !telling.contains(&name.as_str())) {
            field.as_object_mut().map(|field| field.remove("description"));
        }
    }
    let object = |schema: Json| Arc::new(schema.as_object().cloned().unwrap_or_default());
    let (input, output) = (object(input), object(output));
    Tool::new(name, what, input).with_title(title).with_raw_output_schema(output)
}

/// Without what no client reads. All tools stand in front of every conversation, so their length is paid each time.
fn slim(schema: &mut Json) {
    match schema {
        Json::Object(fields) => {
            let bounds = fields.get("minimum") == Some(&json!(0));
            fields.retain(|name, value| {
                let is_noise =
                    matches!(name.as_str(), "format" | "$schema" | "default") || (bounds && name == "minimum");
                // A field of that name is a schema itself.
                !is_noise || value.is_object()
            });
            fields.values_mut().for_each(slim);
        }
        Json::Array(all) => all.iter_mut().for_each(slim),
        _ => {}
    }
}

/// What a failed call answers is described too: clients hold every answer against the schema. Its properties stand at
/// the root beside the others, because some clients read nothing else.
fn with_fault(mut schema: JsonObject) -> JsonObject {
    let required = schema.remove("required").unwrap_or_else(|| json!([]));
    schema.insert("anyOf".into(), json!([{ "required": required }, { "required": ["error"] }]));
    let fault = Json::Object(schema_for_output::<Fault>().as_ref().clone());
    let fault = match fault {
        Json::Object(mut fault) => {
            fault.remove("$schema");
            fault.insert("description".into(), "Why the call failed; then nothing else is there.".into());
            Json::Object(fault)
        }
        other => other,
    };
    if let Some(Json::Object(properties)) = schema.get_mut("properties") {
        properties.insert("error".into(), fault);
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some 7,000 tokens.
    const TOOLS_BYTES_MAX: usize = 30_000;

    #[test]
    fn all_tools_together_are_short() {
        let bytes = serde_json::to_string(&*TOOLS).unwrap().len();
        assert!(bytes < TOOLS_BYTES_MAX, "{bytes} bytes");
    }

    #[test]
    fn every_tool_says_what_it_takes_gives_and_does() {
        let names: Vec<&str> = TOOLS.iter().map(|tool| tool.name.as_ref()).collect();
        assert_eq!(
            names,
            ["describe_database", "run_sql", "freshness", "list_connections", "sync_now", "run_status", "portfolio"]
        );
        for tool in TOOLS.iter() {
            let input = Json::Object(tool.input_schema.as_ref().clone());
            assert_eq!((&input["type"], &input["additionalProperties"]), (&json!("object"), &json!(false)), "{input}");
            for (name, property) in input["properties"].as_object().into_iter().flatten() {
                assert!(property["description"].is_string(), "{}: {name} says nothing about itself", tool.name);
            }
            let output = Json::Object(tool.output_schema.clone().unwrap().as_ref().clone());
            assert_eq!(output["type"], "object", "{output}");
            for part in ["data", "untrusted", "error"] {
                assert!(output["properties"][part].is_object(), "{}: no {part} in {output}", tool.name);
            }
            assert!(
                !output.to_string().contains("uint64") && output["$defs"]["Standing"]["properties"]["asOf"].is_object()
            );
            let hints = tool.annotations.clone().unwrap();
            assert_eq!(hints.read_only_hint, Some(tool.name != "sync_now"));
            assert!(!hints.destructive_hint.unwrap_or(false));
        }
    }
}
