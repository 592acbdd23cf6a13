//! Venues by the suffix that Yahoo gives their symbols, and by MIC.

use crate::calendar::Venue;

/// Yahoo's suffix without its dot, and the MIC. Symbols of the United States have no suffix.
const SUFFIXES: [(&str, &str); 30] = [
    ("TO", "XTSE"),
    ("V", "XTSX"),
    ("L", "XLON"),
    ("IR", "XDUB"),
    ("DE", "XETR"),
    ("F", "XFRA"),
    ("SG", "XSTU"),
    ("PA", "XPAR"),
    ("AS", "XAMS"),
    ("BR", "XBRU"),
    ("LS", "XLIS"),
    ("MI", "XMIL"),
    ("MC", "XMAD"),
    ("SW", "XSWX"),
    ("VI", "XWBO"),
    ("ST", "XSTO"),
    ("OL", "XOSL"),
    ("CO", "XCSE"),
    ("HE", "XHEL"),
    ("WA", "XWAR"),
    ("T", "XTKS"),
    ("HK", "XHKG"),
    ("AX", "XASX"),
    ("NZ", "XNZE"),
    ("SI", "XSES"),
    ("TA", "XTAE"),
    ("JO", "XJSE"),
    ("SA", "BVMF"),
    ("NS", "XNSE"),
    ("BO", "XBOM"),
];

/// The MIC of a suffix such as `L` or `TO`, in capitals and without its dot.
pub fn mic_of_suffix(suffix: &str) -> Option<&'static str> {
    SUFFIXES.iter().find(|(known, _)| *known == suffix).map(|(_, mic)| *mic)
}

/// The suffix of a venue, without its dot; `None` for the United States, and where none is known.
pub fn suffix_of_mic(mic: &str) -> Option<&'static str> {
    SUFFIXES.iter().find(|(_, known)| *known == mic).map(|(suffix, _)| *suffix)
}

/// The MIC that an instrument is known by: segments of an exchange are the exchange, and the United States are none at
/// all, since a symbol is unique there over all exchanges.
pub fn operating_mic(mic: &str) -> Option<&str> {
    match (mic, Venue::of_mic(mic)) {
        (_, Some(Venue::NewYork)) => None,
        (_, Some(Venue::London)) => Some("XLON"),
        (_, Some(Venue::Xetra)) => Some("XETR"),
        ("XTNX", _) => Some("XTSX"),
        _ => Some(mic),
    }
}
