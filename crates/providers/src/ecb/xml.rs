//! The web site's XML: three elements within each other, all called `Cube`, told apart by their attributes.

use foliosync_engine::limits::{XML_BYTES_MAX, XML_DEPTH_MAX, XML_TAG_BYTES_MAX};
use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::published::{Published, day};

/// Reads the daily file or the history; a currency without a rate is absent there. A document type is refused, so that
/// no entity is ever expanded.
pub fn parse_xml(bytes: &[u8]) -> Result<Published, String> {
    if bytes.len() > XML_BYTES_MAX {
        return Err(format!("has {} bytes, more than {XML_BYTES_MAX}", bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8 text")?;
    let mut reader = Reader::from_str(text);
    let mut found = Found::default();
    loop {
        let event = reader.read_event().map_err(|_| format!("is no XML at byte {}", reader.error_position()))?;
        match event {
            Event::Start(tag) => {
                found.open(&tag)?;
                found.depth += 1;
            }
            Event::Empty(tag) => found.open(&tag)?,
            Event::End(_) => found.close(),
            Event::DocType(_) => return Err("holds a document type (DOCTYPE), which is refused".into()),
            Event::Eof if found.depth > 0 || !found.has_root => return Err("ends too early".into()),
            Event::Eof => return Ok(found.published),
            // Titles and line ends.
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

#[derive(Default)]
struct Found {
    published: Published,
    has_root: bool,
    depth: usize,
    /// The date that the open elements are of, and the depth at which it was named.
    day: Option<(Date, usize)>,
}

impl Found {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        let name = tag.local_name();
        if self.depth >= XML_DEPTH_MAX {
            return Err(format!("has more than {XML_DEPTH_MAX} elements within each other"));
        }
        if tag.len() > XML_TAG_BYTES_MAX {
            return Err(format!("has an element of more than {XML_TAG_BYTES_MAX} bytes"));
        }
        if !self.has_root && name.as_ref() != "Envelope" {
            return Err("does not begin with an envelope".into());
        }
        self.has_root = true;
        if name.as_ref() != "Cube" {
            return Ok(());
        }
        let (mut currency, mut rate) = (None, None);
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| "has an attribute that cannot be read")?;
            match attribute.key.local_name().as_ref() {
                "time" => self.day = Some((day(&attribute.value)?, self.depth)),
                "currency" => currency = Some(attribute.value),
                "rate" => rate = Some(attribute.value),
                _ => {}
            }
        }
        match (currency, rate, self.day) {
            (Some(currency), Some(rate), Some((date, _))) => self.published.add(&currency, date, &rate),
            (Some(_), Some(_), None) => Err("has a rate without a date".into()),
            _ => Ok(()),
        }
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.day = self.day.filter(|(_, depth)| *depth < self.depth);
    }
}
