//! JSON texts in the order and spelling of the recorded bodies. Numbers are written as handed in, so none is a float.

/// An object under construction.
pub struct Object(String);

impl Object {
    pub fn new() -> Object {
        let mut text = String::with_capacity(512);
        text.push('{');
        Object(text)
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
    }

    /// A number, a literal or a nested text.
    pub fn raw(mut self, key: &str, value: impl AsRef<str>) -> Object {
        self.key(key);
        self.0.push_str(value.as_ref());
        self
    }

    pub fn null(self, key: &str) -> Object {
        self.raw(key, "null")
    }

    pub fn int(self, key: &str, value: i64) -> Object {
        self.raw(key, value.to_string())
    }

    pub fn text(mut self, key: &str, value: impl AsRef<str>) -> Object {
        self.key(key);
        quote(&mut self.0, value.as_ref());
        self
    }

    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

pub fn array(rows: impl IntoIterator<Item = String>) -> String {
    let mut text = String::from("[");
    for row in rows {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&row);
    }
    text.push(']');
    text
}

pub fn string(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    quote(&mut text, value);
    text
}

fn quote(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if c < ' ' => text.push_str(&format!("\\u{:04x}", c as u32)),
            c => text.push(c),
        }
    }
    text.push('"');
}
