//! One entry put into somebody else's configuration. Every other value stays as it is written, letter by letter, in its
//! place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::Entry;

/// An object with its values as they are written.
#[derive(Default)]
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Members, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Members::default();
                while let Some(member) = map.next_entry()? {
                    members.0.push(member);
                }
                Ok(members)
            }
        }

        from.deserialize_map(InOrder)
    }
}

impl Members {
    /// The only value of this name.
    fn get(&self, name: &str) -> Result<Option<&RawValue>, String> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(format!("`{name}` is in it twice")),
            (one, _) => Ok(one.map(|(_, value)| value.as_ref())),
        }
    }

    fn set(&mut self, name: &str, text: String) -> Result<(), String> {
        let value = RawValue::from_string(text).map_err(|error| error.to_string())?;
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.into(), value)),
        }
        Ok(())
    }

    fn written(&self, indent: &str, depth: usize) -> String {
        let (inner, outer) = (indent.repeat(depth + 1), indent.repeat(depth));
        let member =
            |(key, value): &(String, Box<RawValue>)| format!("{inner}{}: {}", Json::from(key.as_str()), value.get());
        let members: Vec<String> = self.0.iter().map(member).collect();
        if members.is_empty() { "{}".into() } else { format!("{{\n{}\n{outer}}}", members.join(",\n")) }
    }
}

pub fn json(text: &str, section: &str, name: &str, entry: &Json) -> Result<String, String> {
    let read = |text: &str| match text.trim() {
        "" => Ok(Members::default()),
        _ => serde_json::from_str::<Members>(text).map_err(|error| error.to_string()),
    };
    let mut whole = read(text)?;
    let mut servers = match whole.get(section)? {
        Some(servers) => read(servers.get()).map_err(|_| format!("`{section}` is not an object"))?,
        None => Members::default(),
    };
    if let Some(there) = servers.get(name)?
        && serde_json::from_str::<Json>(there.get()).is_ok_and(|there| there == *entry)
    {
        return Ok(text.into());
    }
    let indent = indent(text);
    let lines = serde_json::to_string_pretty(entry).map_err(|error| error.to_string())?;
    servers.set(name, indented(&lines, &indent))?;
    whole.set(section, servers.written(&indent, 1))?;
    Ok(whole.written(&indent, 0) + "\n")
}

/// What the first line within the braces begins with.
fn indent(text: &str) -> String {
    let inside = text.trim_start().strip_prefix('{').unwrap_or_default();
    let blank: String = inside.chars().take_while(|letter| letter.is_whitespace()).collect();
    match blank.rsplit_once('\n') {
        Some((_, indent)) if !indent.is_empty() => indent.into(),
        _ => "  ".into(),
    }
}

/// Pretty lines, two levels down.
fn indented(lines: &str, indent: &str) -> String {
    let line = |(nth, line): (usize, &str)| {
        let depth = (line.len() - line.trim_start().len()) / 2 + if nth > 0 { 2 } else { 0 };
        indent.repeat(depth) + line.trim_start()
    };
    lines.lines().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

pub fn toml(text: &str, section: &str, name: &str, entry: &Entry) -> Result<String, String> {
    use toml_edit::{Array, DocumentMut, Item, Table, value};
    let mut whole: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let mut empty = Table::new();
    empty.set_implicit(true);
    let servers = whole.entry(section).or_insert(Item::Table(empty));
    let servers = servers.as_table_like_mut().ok_or_else(|| format!("`{section}` is not a table"))?;
    let server = servers.entry(name).or_insert(Item::Table(Table::new()));
    let server = server.as_table_like_mut().ok_or_else(|| format!("`{section}.{name}` is not a table"))?;
    let args: Array = entry.args.iter().collect();
    let program = entry.program.display().to_string();
    // What is right already keeps its comments.
    if server.get("command").and_then(Item::as_str) != Some(&program) {
        server.insert("command", value(program));
    }
    let is_same = |old: &Array| old.iter().map(|arg| arg.as_str()).eq(entry.args.iter().map(|arg| Some(arg.as_str())));
    if !server.get("args").and_then(Item::as_array).is_some_and(is_same) {
        server.insert("args", value(args));
    }
    Ok(whole.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_keeps_its_order_its_numbers_and_its_shape() {
        let entry = json!({ "args": ["mcp"], "command": "/f" });
        let put = |text: &str| json(text, "mcpServers", "foliosync", &entry).unwrap();
        let alone = "{\n  \"mcpServers\": {\n    \"foliosync\": {\n      \"args\": [\n        \"mcp\"\n      ],\n      \
                     \"command\": \"/f\"\n    }\n  }\n}\n";
        assert_eq!(put(""), alone);
        assert_eq!(put(" \n"), alone);
        assert_eq!(put("{}"), alone);
        assert_eq!(put(alone), alone);
        let tabs = "{\n\t\"z\": 1.50,\n\t\"a\": {\"x\":   [1e400]},\n\t\"mcpServers\": {\"o\": {}, \"foliosync\": 1},\n\t\"b\": 0\n}\n";
        let want = "{\n\t\"z\": 1.50,\n\t\"a\": {\"x\":   [1e400]},\n\t\"mcpServers\": {\n\t\t\"o\": {},\n\t\t\"foliosync\": {\n\
                    \t\t\t\"args\": [\n\t\t\t\t\"mcp\"\n\t\t\t],\n\t\t\t\"command\": \"/f\"\n\t\t}\n\t},\n\t\"b\": 0\n}\n";
        assert_eq!(put(tabs), want);
    }

    #[test]
    fn toml_keeps_its_comments() {
        let entry = Entry { program: "/f".into(), args: vec!["mcp".into()] };
        let put = |text: &str| toml(text, "mcp_servers", "foliosync", &entry).unwrap();
        let before = "# mine\nmodel = \"x\" # fast\n\n[mcp_servers.other]\ncommand = 'y'\n";
        let after = "# mine\nmodel = \"x\" # fast\n\n[mcp_servers.other]\ncommand = 'y'\n\n[mcp_servers.foliosync]\ncommand = \"/f\"\nargs = [\"mcp\"]\n";
        assert_eq!(put(before), after);
        assert_eq!(put(after), after);
        let old =
            "[mcp_servers.foliosync]\ncommand = \"/old\" # here\nargs = [\"mcp\"] # there\nstartup_timeout_sec = 5\n";
        let new = "[mcp_servers.foliosync]\ncommand = \"/f\"\nargs = [\"mcp\"] # there\nstartup_timeout_sec = 5\n";
        assert_eq!(put(old), new);
    }
}
