//! Where rates are read: the data service, and the web site's files when it does not serve.

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Part};
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::mark::Mark;
use super::published::{Published, parse_csv};
use super::xml::parse_xml;
use super::{SPEC, Wish, has_rates_between};

/// One look at the bank's rates.
pub struct Source<'a> {
    pub reach: &'a Reach,
    pub request: &'a FetchRequest<'a>,
    pub wish: &'a Wish,
    pub mark: &'a Mark,
    /// First day that is wanted.
    pub from: Date,
}

#[derive(Debug)]
pub enum Answer {
    /// The bank says that nothing has changed.
    Unchanged,
    Read(Reading),
}

#[derive(Debug)]
pub struct Reading {
    pub published: Published,
    /// The file, where it is not the data service.
    pub file: Option<&'static str>,
    /// Whether all days of the window are in it.
    pub is_whole: bool,
    pub modified: Option<String>,
    pub etag: Option<String>,
}

/// The web site's files, the fullest first.
const FILES: [&str; 2] = ["eurofxref-hist-90d.xml", "eurofxref-daily.xml"];

/// Where it is not said how long to wait.
const LIMIT_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// A refusal of one source, in words, for which the next one is asked.
type Refused<T> = Result<T, String>;

impl Source<'_> {
    pub async fn read(&self) -> Result<Answer, ProviderError> {
        let mut reasons = match self.data().await? {
            Ok(answer) => return Ok(answer),
            Err(reason) => vec![format!("the data service {reason}")],
        };
        for file in FILES {
            match self.file(file).await? {
                Ok(published) => {
                    let reaches_back = published.earliest().is_some_and(|first| !has_rates_between(self.from, first));
                    let (modified, etag) = (None, None);
                    let reading = Reading { published, file: Some(file), is_whole: reaches_back, modified, etag };
                    return Ok(Answer::Read(reading));
                }
                Err(reason) => reasons.push(format!("the file {file} {reason}")),
            }
        }
        let message = format!("no rates could be read, the last ones stay: {}", reasons.join("; "));
        Err(ProviderError::Backoff { message })
    }

    /// All rates of the window, or that nothing has changed since the last time.
    async fn data(&self) -> Result<Refused<Answer>, ProviderError> {
        let currencies: Vec<_> = self.wish.currencies.iter().map(String::as_str).collect();
        let host = self.request.host(&SPEC, "data-api");
        // No slash at the end: that alone is answered with 404.
        let mut ask = HttpRequest::get(format!("{host}/service/data/EXR/D.{}.EUR.SP00.A", currencies.join("+")));
        let from = self.from.to_string();
        for (key, value) in [("startPeriod", from.as_str()), ("format", "csvdata"), ("detail", "dataonly")] {
            ask.query.push((key.into(), Part::Plain(value.into())));
        }
        for (header, value) in [("if-modified-since", &self.mark.modified), ("if-none-match", &self.mark.etag)] {
            ask.headers.extend(value.clone().map(|value| (header.into(), Part::Plain(value))));
        }
        let answer = match self.send(ask).await? {
            Ok(answer) if answer.status == 304 => return Ok(Ok(Answer::Unchanged)),
            Ok(answer) => answer,
            Err(reason) => return Ok(Err(reason)),
        };
        // A window without rates is answered with no bytes at all, under any content type.
        let is_empty = answer.body.iter().all(u8::is_ascii_whitespace);
        let published = match is_empty {
            true if self.mark.newest().is_some() => Published::default(),
            true => return Ok(Err("has no rates".into())),
            false => match parse_csv(&answer.body) {
                Ok(published) => published,
                Err(reason) => return Ok(Err(format!("gave an answer that cannot be read: {reason}"))),
            },
        };
        let header = |name: &str| answer.header(name).filter(|_| !is_empty).map(String::from);
        let (modified, etag) = (header("last-modified"), header("etag"));
        Ok(Ok(Answer::Read(Reading { published, file: None, is_whole: true, modified, etag })))
    }

    async fn file(&self, name: &str) -> Result<Refused<Published>, ProviderError> {
        let host = self.request.host(&SPEC, "files");
        let answer = match self.send(HttpRequest::get(format!("{host}/stats/eurofxref/{name}"))).await? {
            Ok(answer) => answer,
            Err(reason) => return Ok(Err(reason)),
        };
        let from = self.from;
        Ok(match parse_xml(&answer.body) {
            Ok(published) if published.reaches(from) => Ok(published),
            Ok(_) => Err(format!("has no rates since {from}")),
            Err(reason) => Err(format!("cannot be read: it {reason}")),
        })
    }

    /// Good answers, and 304.
    async fn send(&self, ask: HttpRequest) -> Result<Refused<HttpAnswer>, ProviderError> {
        let FetchRequest { budgets, manual, .. } = *self.request;
        let call = Call { budgets, weight: 1, manual, classify: &classify };
        match self.reach.http.send(&call, |_| ask.clone()).await {
            Ok(answer) => Ok(judged(answer)),
            Err(ProviderError::Backoff { message }) => Ok(Err(format!("failed: {message}"))),
            Err(error) => Err(error),
        }
    }
}

/// Only what makes another request pointless, at whichever host; the rest is for [`judged`].
fn classify(answer: &HttpAnswer, now: Timestamp) -> Result<(), ProviderError> {
    if !matches!(answer.status, 429 | 418) {
        return Ok(());
    }
    let at = answer.retry_after(now).unwrap_or(now + LIMIT_WAIT);
    let message = format!("the European Central Bank was asked too often and wants nothing before {at}");
    Err(ProviderError::RetryAt { at, message })
}

/// The bank has no codes of errors: anything but rates is a reason to ask elsewhere. A web page is what stands in front
/// of its files at times, under status 200.
fn judged(answer: HttpAnswer) -> Refused<HttpAnswer> {
    let head: Vec<u8> = answer.body.iter().take(256).map(u8::to_ascii_lowercase).collect();
    let holds = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    match answer.status {
        304 => Ok(answer),
        200 if holds(b"<!doctype html") || holds(b"<html") => Err("answered with a web page".into()),
        200 => Ok(answer),
        404 => Err("answered that there is no such data (404)".into()),
        status => Err(format!("answered with status {status}")),
    }
}
