//! A report from its beginning to its end, element by element: nothing of it is kept but what the visitor keeps.
//!
//! `FlexQueryResponse` > `FlexStatements` > `FlexStatement`, one for each account > sections > rows. What is elsewhere or
//! has another name is passed over: the service adds things without notice. A document type is refused, so that no entity
//! is ever expanded.

use std::ops::ControlFlow;

use foliosync_engine::limits::{RESPONSE_BYTES_MAX, XML_DEPTH_MAX, XML_TAG_BYTES_MAX};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::fields::Fields;

pub const REPORT: &str = "FlexQueryResponse";

/// What the visitor is told of.
pub enum Seen<'a> {
    Report(Fields<'a>),
    /// What holds all statements.
    Statements(Fields<'a>),
    Statement(Fields<'a>),
    /// Also where it has no rows.
    Section(&'a str),
    Row(Row<'a>),
}

pub struct Row<'a> {
    pub section: &'a str,
    pub name: &'a str,
    pub fields: Fields<'a>,
    /// As it is written, which tells rows apart.
    pub text: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Report,
    Statements,
    Statement,
    Section,
    /// Something within a section, or what is not known.
    Else,
}

/// Whether names and attributes are looked at closely. Once is enough for each report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    Close,
    Quick,
}

/// Tells the visitor of everything until it has enough, or says why the report cannot be read.
pub fn walk(
    body: &[u8],
    care: Care,
    visit: &mut dyn FnMut(Seen<'_>) -> Result<ControlFlow<()>, String>,
) -> Result<(), String> {
    if body.len() > RESPONSE_BYTES_MAX {
        return Err(format!("has {} bytes, more than {RESPONSE_BYTES_MAX}", body.len()));
    }
    let text = std::str::from_utf8(body).map_err(|_| "is not UTF-8 text")?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut path: Vec<Level> = Vec::new();
    // Of the section that is open.
    let mut section = String::new();
    let mut is_over = false;
    loop {
        let event = reader.read_event().map_err(|_| format!("is no XML at byte {}", reader.error_position()))?;
        let (tag, is_empty) = match event {
            Event::Start(tag) => (tag, false),
            Event::Empty(tag) => (tag, true),
            Event::End(_) => {
                path.pop();
                is_over |= path.is_empty();
                continue;
            }
            Event::DocType(_) => return Err("holds a document type (DOCTYPE), which is refused".into()),
            Event::Eof if is_over && path.is_empty() => return Ok(()),
            Event::Eof => return Err("ends too early".into()),
            Event::Text(text) if path.is_empty() && !text.trim().is_empty() => {
                return Err("has text outside its elements".into());
            }
            // Line ends.
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::GeneralRef(_) => continue,
        };
        if is_over {
            return Err("goes on after its end".into());
        }
        if path.len() >= XML_DEPTH_MAX {
            return Err(format!("has more than {XML_DEPTH_MAX} elements within each other"));
        }
        if tag.len() > XML_TAG_BYTES_MAX {
            return Err(format!("has an element of more than {XML_TAG_BYTES_MAX} bytes"));
        }
        let level = level(path.last(), tag.name().as_ref())?;
        let flow = match (level, path.last()) {
            (Level::Report, _) => visit(Seen::Report(fields(&tag, care)?))?,
            (Level::Statements, _) => visit(Seen::Statements(fields(&tag, care)?))?,
            (Level::Statement, _) => visit(Seen::Statement(fields(&tag, care)?))?,
            (Level::Section, _) => {
                section.clear();
                section.push_str(tag.name().as_ref());
                checked(&tag, care)?;
                visit(Seen::Section(&section))?
            }
            (Level::Else, Some(Level::Section)) => {
                let fields = fields(&tag, care)?;
                let name = tag.name();
                visit(Seen::Row(Row { section: &section, name: name.as_ref(), fields, text: &tag }))?
            }
            _ => {
                checked(&tag, care)?;
                ControlFlow::Continue(())
            }
        };
        if flow.is_break() {
            return Ok(());
        }
        match is_empty {
            false => path.push(level),
            true => is_over |= path.is_empty(),
        }
    }
}

fn level(parent: Option<&Level>, name: &str) -> Result<Level, String> {
    Ok(match (parent, name) {
        (None, REPORT) => Level::Report,
        (None, _) => return Err(format!("does not begin with {REPORT}")),
        (Some(Level::Report), "FlexStatements") => Level::Statements,
        (Some(Level::Statements), "FlexStatement") => Level::Statement,
        (Some(Level::Statement), _) => Level::Section,
        _ => Level::Else,
    })
}

fn fields<'a>(tag: &'a BytesStart<'_>, care: Care) -> Result<Fields<'a>, String> {
    let broken = || format!("has an attribute of {} that cannot be read", tag.name().as_ref() as &str);
    let mut fields = Fields::default();
    for attribute in tag.attributes().with_checks(care == Care::Close) {
        let attribute = attribute.map_err(|_| broken())?;
        if care == Care::Close && attribute.value.contains('<') {
            return Err(broken());
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| broken())?;
        fields.add(attribute.key.into_inner(), value);
    }
    Ok(fields)
}

/// The attributes of what nobody asks for must be well-formed, too: if they are not, who knows what else is not.
fn checked(tag: &BytesStart<'_>, care: Care) -> Result<(), String> {
    if care == Care::Close { fields(tag, care).map(drop) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Result<Vec<String>, String> {
        let mut lines = Vec::new();
        walk(body.as_bytes(), Care::Close, &mut |seen| {
            lines.push(match seen {
                Seen::Report(fields) => format!("report {}", fields.text("type").unwrap_or("?")),
                Seen::Statements(fields) => format!("{} statements", fields.text("count").unwrap_or("?")),
                Seen::Statement(fields) => format!("statement {}", fields.text("accountId").unwrap_or("?")),
                Seen::Section(name) => format!("section {name}"),
                Seen::Row(row) => format!("{}/{} {}", row.section, row.name, row.fields.text("a").unwrap_or("?")),
            });
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(lines)
    }

    fn report(inside: &str) -> String {
        format!("<FlexQueryResponse type='AF'><FlexStatements count='1'>{inside}</FlexStatements></FlexQueryResponse>")
    }

    #[test]
    fn rows_are_found_where_they_belong() {
        let body = report(
            "<FlexStatement accountId='U1'><Trades><Trade a='1 &amp; 2'/><Lot a=\"3\"><Trade a='no row'/></Lot></Trades>\n\
             <OpenPositions /><!-- x --><Trade a='no section'/></FlexStatement><Other><Trades><Trade/></Trades></Other>",
        );
        let want = [
            "report AF",
            "1 statements",
            "statement U1",
            "section Trades",
            "Trades/Trade 1 & 2",
            "Trades/Lot 3",
            "section OpenPositions",
            "section Trade",
        ];
        assert_eq!(told(&body).unwrap(), want);
    }

    #[test]
    fn what_is_broken_or_too_large_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
        let long = format!("<Trades><Trade a='{}'/></Trades>", "x".repeat(XML_TAG_BYTES_MAX));
        for (body, why) in [
            (
                "<!DOCTYPE x [<!ENTITY e 'x'>]><FlexQueryResponse/>".into(),
                "holds a document type (DOCTYPE), which is refused",
            ),
            (
                report("<FlexStatement><Trades><Trade a='&e;'/></Trades></FlexStatement>"),
                "has an attribute of Trade that cannot be read",
            ),
            (
                report("<FlexStatement><Trades><Trade a='1' a='2'/></Trades></FlexStatement>"),
                "has an attribute of Trade that cannot be read",
            ),
            (
                report("<FlexStatement><Trades><Trade a=1/></Trades></FlexStatement>"),
                "has an attribute of Trade that cannot be read",
            ),
            (
                report("<FlexStatement><Trades><Trade a='<b'/></Trades></FlexStatement>"),
                "has an attribute of Trade that cannot be read",
            ),
            (report("<Other a='1' a='2'/>"), "has an attribute of Other that cannot be read"),
            (report(&deep), "has more than 32 elements within each other"),
            (report(&format!("<FlexStatement>{long}</FlexStatement>")), "has an element of more than 16384 bytes"),
            ("<FlexQueryResponse>".into(), "ends too early"),
            (report("<FlexStatement>"), "is no XML at byte "),
            ("<Other/>".into(), "does not begin with FlexQueryResponse"),
            ("<FlexQueryResponse/><FlexQueryResponse/>".into(), "goes on after its end"),
            ("<FlexQueryResponse/> and so on".into(), "has text outside its elements"),
            ("".into(), "ends too early"),
        ] {
            let error = told(&body).unwrap_err();
            assert!(error.starts_with(why), "{error} should be {why}: {body:.120}");
        }
        assert_eq!(walk(b"\xff", Care::Close, &mut |_| Ok(ControlFlow::Continue(()))), Err("is not UTF-8 text".into()));
    }
}
