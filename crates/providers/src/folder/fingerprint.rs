//! Telling whether a file changed since its rows were stored: by its stat where that is proof, else by its bytes.

use std::fmt::Write;

use foliosync_engine::files::FileStat;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The stat of a file whose bytes were read, as metadata rows keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadStat {
    pub stat: FileStat,
    /// Whether an equal stat proves equal bytes. False for a file that was read just after it changed.
    pub is_proof: bool,
}

impl ReadStat {
    pub fn of(stat: FileStat, read_at: Timestamp) -> ReadStat {
        ReadStat { stat, is_proof: stat.is_proof(read_at) }
    }

    /// Whether a file that has this stat now still has the bytes that were read.
    pub fn vouches_for(&self, now: &FileStat) -> bool {
        self.is_proof && self.stat == *now
    }
}

/// An unchanged file that was too fresh to trust its stat when it was read is hashed on every sync. This long after,
/// one write of its metadata spares that; sooner, a second sync would write rows where nothing changed.
const SETTLED_SECONDS: i64 = 3_600;

/// Whether the metadata of what was stored at `synced_at` may be written again for nothing but the proof of its stat.
pub fn is_settled(synced_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(synced_at).as_secs() >= SETTLED_SECONDS
}

/// SHA-256 in lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_sha256sum() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_stat_survives_its_json() {
        let stat = FileStat { size_bytes: 7, mtime_nanos: 1_760_000_000_123_456_789, inode: u64::MAX };
        let read = ReadStat { stat, is_proof: true };
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<ReadStat>(&json).unwrap(), read);
        assert!(read.vouches_for(&stat));
        assert!(!ReadStat { is_proof: false, ..read }.vouches_for(&stat));
        assert!(!read.vouches_for(&FileStat { inode: 8, ..stat }));
    }
}
