//! Bodies as a broken line, a broken proxy or a broken service might send them: the same for the same seed.

use foliosync_engine::testkit::chance::Chance;

/// Pieces that mean something to one format or the other.
const PIECES: [&str; 34] = [
    "0",
    "-",
    "1e400",
    "1e-30",
    "99999999999999999999999",
    "0.0000000000000000001",
    ",",
    ".",
    "\"",
    "'",
    "<",
    ">",
    "/",
    "&",
    "&amp;",
    "&x;",
    "<!DOCTYPE x>",
    "<![CDATA[",
    "-->",
    "[",
    "]",
    "{",
    "}",
    ":",
    "null",
    "true",
    "NaN",
    "Infinity",
    "\u{0}",
    "\u{fffd}",
    "é",
    "😀",
    "2026-13-45",
    "\\u0000",
];

/// One to three small changes: of half of the bodies anywhere, of the others within quotes, so that most stay well-formed.
pub fn mutated(body: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = body.as_bytes().to_vec();
    let is_anywhere = chance.once_in(2);
    for _ in 0..=chance.below(3) {
        if is_anywhere { change(&mut bytes, chance) } else { value(&mut bytes, chance) }
    }
    bytes
}

/// Another text, another digit or nothing in a value between quotes.
fn value(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let at = chance.below(bytes.len().max(1) as u64) as usize;
    let begins = |pair: &[u8]| pair == b":\"" || pair == b"=\"";
    let Some(start) = bytes[at..].windows(2).position(begins).map(|found| at + found + 2) else { return };
    let Some(end) = bytes[start..].iter().position(|byte| *byte == b'"').map(|found| start + found) else { return };
    let piece = |chance: &mut Chance| chance.pick(&PIECES).bytes().filter(|byte| *byte != b'"').collect::<Vec<u8>>();
    match chance.below(4) {
        0 => digit(bytes, start, chance),
        1 => drop(bytes.drain(start..end)),
        2 => {
            let piece = piece(chance);
            drop(bytes.splice(start..end, piece));
        }
        _ => {
            let place = start + chance.below((end - start + 1) as u64) as usize;
            let piece = piece(chance);
            drop(bytes.splice(place..place, piece));
        }
    }
}

fn change(bytes: &mut Vec<u8>, chance: &mut Chance) {
    if bytes.is_empty() {
        bytes.extend(b"x");
        return;
    }
    let place = |bytes: &[u8], chance: &mut Chance| chance.below(bytes.len() as u64) as usize;
    let at = place(bytes, chance);
    // Most changes are near each other, so that what they are in stays whole.
    let reach = if chance.once_in(8) { 400 } else { 12 };
    let end = (at + 1 + chance.below(reach) as usize).min(bytes.len());
    match chance.below(9) {
        0 => bytes[at] ^= 1 << chance.below(8),
        1 => drop(bytes.drain(at..end)),
        2 => {
            let piece: Vec<u8> = bytes[at..end].to_vec();
            let to = place(bytes, chance);
            drop(bytes.splice(to..to, piece));
        }
        3 => drop(bytes.splice(at..at, chance.pick(&PIECES).bytes())),
        4 => drop(bytes.splice(at..end, chance.pick(&PIECES).bytes())),
        5 => bytes.truncate(if chance.once_in(4) { at } else { bytes.len() - 1 }),
        6 => {
            let other = place(bytes, chance);
            bytes.swap(at, other);
        }
        // A digit for a digit, so that what is read is another number or another day.
        7 => digit(bytes, at, chance),
        // A value loses all that is in it.
        _ => empty(bytes, at),
    }
}

fn digit(bytes: &mut [u8], from: usize, chance: &mut Chance) {
    if let Some(byte) = bytes[from..].iter_mut().find(|byte| byte.is_ascii_digit()) {
        *byte = b'0' + chance.below(10) as u8;
    }
}

fn empty(bytes: &mut Vec<u8>, from: usize) {
    let quote = |from: usize, bytes: &[u8]| Some(from + bytes.get(from..)?.iter().position(|byte| *byte == b'"')?);
    if let Some(start) = quote(from, bytes)
        && let Some(end) = quote(start + 1, bytes)
    {
        bytes.drain(start + 1..end);
    }
}
