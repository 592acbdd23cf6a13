//! What the store and its query processes say to each other over pipes: frames, each its length and then as many bytes.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use foliosync_engine::limits::{QUERY_BYTES_MAX, QUERY_TEXT_BYTES_MAX};
use foliosync_engine::store::{AnswerColumn, RowsFormat};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// JSON writes a character in six bytes at most; the rest is room for what comes around it.
const ASK_BYTES_MAX: usize = 6 * QUERY_TEXT_BYTES_MAX + (1 << 16);
/// What a statement's column names may come to is bounded by the statement's own length only.
const FRAME_BYTES_MAX: usize = 2 * QUERY_BYTES_MAX;

#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    /// To read this file from now on, in place of the one before.
    Open(PathBuf),
    Run {
        sql: String,
        offset: usize,
        limit: usize,
        format: RowsFormat,
    },
}

/// Followed by a frame with the rows.
#[derive(Debug, Serialize, Deserialize)]
pub enum Said {
    Done(Head),
    /// The statement's fault.
    Refused(String),
    /// Ours, or the file's.
    Failed(String),
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Head {
    pub columns: Vec<AnswerColumn>,
    pub truncated: Option<String>,
}

/// `None` at the end of the input.
pub fn next_ask(input: &mut impl Read) -> io::Result<Option<Ask>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut bytes = vec![0; bounded(length, ASK_BYTES_MAX)?];
    input.read_exact(&mut bytes)?;
    Ok(Some(parsed(&bytes)?))
}

pub fn answer(output: &mut impl Write, said: &Said, rows: &[u8]) -> io::Result<()> {
    for frame in [serde_json::to_vec(said)?.as_slice(), rows] {
        output.write_all(&length(frame)?)?;
        output.write_all(frame)?;
    }
    output.flush()
}

pub async fn ask(output: &mut (impl AsyncWrite + Unpin), ask: &Ask) -> io::Result<()> {
    let frame = serde_json::to_vec(ask)?;
    output.write_all(&length(&frame)?).await?;
    output.write_all(&frame).await?;
    output.flush().await
}

pub async fn hear(input: &mut (impl AsyncRead + Unpin)) -> io::Result<(Said, Vec<u8>)> {
    let said = frame(input).await?;
    Ok((parsed(&said)?, frame(input).await?))
}

async fn frame(input: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    input.read_exact(&mut length).await?;
    let mut bytes = vec![0; bounded(length, FRAME_BYTES_MAX)?];
    input.read_exact(&mut bytes).await?;
    Ok(bytes)
}

fn length(frame: &[u8]) -> io::Result<[u8; 4]> {
    u32::try_from(frame.len()).map(u32::to_le_bytes).map_err(io::Error::other)
}

fn bounded(length: [u8; 4], bytes_max: usize) -> io::Result<usize> {
    let bytes = u32::from_le_bytes(length) as usize;
    if bytes > bytes_max {
        return Err(io::Error::other(format!("a frame of {bytes} bytes is longer than {bytes_max}")));
    }
    Ok(bytes)
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    serde_json::from_slice(bytes).map_err(io::Error::other)
}
