//! An answer that is no report: a reference, or a code. And telling it from a report.

use foliosync_engine::provider::ProviderError;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::NAME;
use super::walk::REPORT;

const RESPONSE: &str = "FlexStatementResponse";
const BYTES_MAX: usize = 64 << 10;
const REFERENCE_CHARS_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Report,
    /// The reference, and where the report is to be fetched.
    Ordered(String, Option<String>),
    Refused(u32),
}

/// What an answer is. Of a report, only its beginning is looked at.
pub fn read(body: &[u8]) -> Result<Response, ProviderError> {
    if is_web_page(body) {
        return Err(ProviderError::Backoff { message: format!("{NAME} answered with a web page instead of a report") });
    }
    match root(&body[..body.len().min(BYTES_MAX)]).as_deref() {
        Some(REPORT) => Ok(Response::Report),
        Some(RESPONSE) if body.len() <= BYTES_MAX => response(body).ok_or_else(|| malformed("says neither yes nor no")),
        _ => Err(malformed("is neither a report nor a refusal")),
    }
}

fn is_web_page(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let begins = |with: &str| start.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()));
    begins("<!doctype html") || begins("<html")
}

/// The name of the outermost element; nothing before it but what XML begins with.
fn root(start: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The cut may go through a letter.
        Err(error) => std::str::from_utf8(&start[..error.valid_up_to()]).ok()?,
    };
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => return Some(tag.name().as_ref().to_string()),
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Text(text) if text.trim().is_empty() => {}
            _ => return None,
        }
    }
}

fn response(body: &[u8]) -> Option<Response> {
    let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    let (mut path, mut values): (Vec<String>, Vec<(String, String)>) = Default::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => path.push(tag.name().as_ref().to_string()),
            Event::End(_) => drop(path.pop()),
            Event::Text(text) if path.len() == 2 => add(&mut values, &path[1], &text),
            Event::CData(text) if path.len() == 2 => add(&mut values, &path[1], &text),
            Event::GeneralRef(name) if path.len() == 2 && name.as_ref() as &str == "amp" => {
                add(&mut values, &path[1], "&")
            }
            Event::GeneralRef(_) | Event::DocType(_) => return None,
            Event::Eof if path.is_empty() => break,
            Event::Eof => return None,
            _ => {}
        }
    }
    let value = |name: &str| {
        let mut all = values.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim());
        all.next().filter(|value| !value.is_empty())
    };
    if let Some(code) = value("ErrorCode") {
        return code.parse().ok().map(Response::Refused);
    }
    let reference = value("ReferenceCode").filter(|_| value("Status") == Some("Success"))?;
    let is_word = reference.bytes().all(|byte| byte.is_ascii_alphanumeric()) && reference.len() <= REFERENCE_CHARS_MAX;
    is_word.then(|| Response::Ordered(reference.into(), value("Url").map(String::from)))
}

fn add(values: &mut Vec<(String, String)>, name: &str, text: &str) {
    match values.last_mut() {
        Some((key, value)) if key == name => value.push_str(text),
        _ => values.push((name.into(), text.into())),
    }
}

pub fn malformed(what: &str) -> ProviderError {
    ProviderError::Malformed { what: NAME, message: format!("its answer {what}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let ordered = |reference: &str, url: Option<&str>| Response::Ordered(reference.into(), url.map(String::from));
        for (body, want) in [
            ("<FlexQueryResponse queryName='x'/>", Some(Response::Report)),
            ("\u{feff}<?xml version='1.0'?>\n<!-- x -->\n<FlexQueryResponse", None),
            ("\u{feff}<?xml version='1.0'?>\n<!-- x -->\n<FlexQueryResponse>and so on", Some(Response::Report)),
            (
                "<FlexStatementResponse timestamp='x'><Status>Success</Status><ReferenceCode> 12 </ReferenceCode>\
                 <Url>https://a.b/c?d=1&amp;e=2</Url></FlexStatementResponse>",
                Some(ordered("12", Some("https://a.b/c?d=1&e=2"))),
            ),
            (
                "<FlexStatementResponse><Status>Success</Status><ReferenceCode>A1</ReferenceCode></FlexStatementResponse>",
                Some(ordered("A1", None)),
            ),
            (
                "<FlexStatementResponse><Status>Warn</Status><ErrorCode>1019</ErrorCode></FlexStatementResponse>",
                Some(Response::Refused(1019)),
            ),
            ("<FlexStatementResponse><ErrorCode>x</ErrorCode></FlexStatementResponse>", None),
            ("<FlexStatementResponse><Status>Success</Status></FlexStatementResponse>", None),
            (
                "<FlexStatementResponse><Status>Success</Status><ReferenceCode>1/../2</ReferenceCode></FlexStatementResponse>",
                None,
            ),
            (
                "<FlexStatementResponse><Status>Fail</Status><ReferenceCode>1</ReferenceCode></FlexStatementResponse>",
                None,
            ),
            ("<FlexStatementResponse><ErrorCode>1019</ErrorCode>", None),
            ("<!DOCTYPE x><FlexQueryResponse/>", None),
            ("<Other/>", None),
            ("text", None),
            ("", None),
        ] {
            assert_eq!(read(body.as_bytes()).ok(), want, "{body}");
        }
    }
}
