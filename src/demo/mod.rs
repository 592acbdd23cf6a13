//! `demo`: foliosync at work on made-up data. Services are simulated on loopback, files are samples, and a server of its
//! own syncs both by its schedules, through the same path as everything else. Nothing of the user's is touched.

mod live;
mod market;
mod random;
mod show;
mod sources;
mod stage;
mod trades;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use foliosync_engine::model::sync::ConnectionId;
use jiff::Zoned;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, interval, interval_at};

use crate::cli::text::shown;
use crate::cli::{Context, Done, Progress, login, sync};
use crate::client::{Client, SyncAsk};
use crate::failure::Failure;
use live::Follow;
use stage::Stage;
use trades::Block;

#[derive(clap::Args)]
pub struct Args {
    /// End after the first syncs and a look at what they brought, instead of going on until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Leave the folder in place, to look around in it
    #[arg(long)]
    keep: bool,
}

const LOOK_MILLIS: Duration = Duration::from_millis(200);
/// Generous: it is only reached where something is wrong.
const FIRST_RUNS_SECONDS_MAX: Duration = Duration::from_secs(60);
/// In the live demo what is there is shown after this, whoever is still waited for.
const FIRST_LOOK_SECONDS_MAX: Duration = Duration::from_secs(10);
const TRADE_EVERY: Duration = Duration::from_secs(45);

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    // Before anything is made that would have to be removed.
    let stopped = stopped()?;
    let stage = Stage::new(&context.launch()?)?;
    let played = match stage.start_server(listen(args.once, context.config.face()?.listen)) {
        Ok(mut server) => {
            let played = tokio::select! {
                played = play(args, &stage) => played,
                ended = server.ended() => Err(ended.into()),
                () = stopped => match args.once {
                    true => Err(Failure::failed("the demo was stopped", "").into()),
                    false => Ok(Done::Well),
                },
            };
            server.stop().await;
            played
        }
        Err(error) => Err(error),
    };
    // However it went, its folder goes.
    stage.clear(args.keep).await?;
    played
}

/// Ctrl-C, or the terminal's end.
fn stopped() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

async fn play(args: &Args, stage: &Stage) -> anyhow::Result<Done> {
    let today = Zoned::now().date();
    let mut samples = trades::samples(today);
    trades::write(&stage.trade_logs(), &samples)?;
    market::write(&stage.market_data(), today)?;
    let mut client = stage.client().await?;
    let version = env!("CARGO_PKG_VERSION");
    say!("foliosync {version} on made-up data: sample files and simulated services. Nothing leaves this machine.\n");

    let instruments = sources::add_instruments(&mut client).await?;
    let mut follow = Follow::default();
    let (mut added, mut refused) = (Vec::new(), 0);
    for source in sources::all(stage) {
        match sources::add(&mut client, &source).await {
            Ok(connection) => added.push(follow.introduce(&connection)),
            // One that cannot be had is no reason to miss the others.
            Err(failure) => {
                refused += 1;
                say!("{} was not added: {}", source.label, shown(&failure.message));
            }
        }
    }
    say!("{} connections and {instruments} instruments were added. Each run of a connection is a line:\n", added.len());
    let patience = if args.once { FIRST_RUNS_SECONDS_MAX } else { FIRST_LOOK_SECONDS_MAX };
    first_runs(&mut client, &mut follow, &added, patience).await?;
    let waited_for = follow.missing(&added);
    if !waited_for.is_empty() {
        let labels: Vec<_> = waited_for.iter().map(|id| follow.label(*id)).collect();
        say!("\nStill at it: {}. The others are not kept waiting.", labels.join(", "));
    }
    show::everything(&mut client).await?;
    if args.once {
        added.retain(|id| !waited_for.contains(id));
        sync_again(stage, &mut client, &mut follow, &mut samples, added).await?;
        show::status(&mut client).await?;
        say!("\nThat was one round. Without --once it goes on, and lets you look in from another terminal.");
        let is_well = refused == 0 && waited_for.is_empty() && !follow.has_failures();
        return Ok(if is_well { Done::Well } else { Done::WithFailures });
    }
    invite(stage, &mut client).await?;
    go_on(stage, &mut client, &mut follow, &mut samples).await
}

/// How to look in, once there is something to see.
async fn invite(stage: &Stage, client: &mut Client) -> anyhow::Result<()> {
    let link = login::link(client).await?;
    say!("\nLook in from another terminal, where the first line names this program and the demo's data folder:\n");
    say!("  {}", stage.alias());
    for (command, what) in [
        ("status", "how fresh everything is, and what lacks"),
        ("prices", "every price with its source and age"),
        ("portfolio", "everything that is held, and what it is worth"),
        ("reconcile", "what trades come to, beside what is held"),
        ("sync", "sync now; what comes of it is a line here"),
        ("query 'FROM market.symbols'", "SQL over all that was committed"),
        ("login", "another link for a browser"),
    ] {
        say!("  {} {command:<28} {what}", stage::ALIAS);
    }
    say!("\nFor a browser: {}", link.url);
    say!("{}", link.advice());
    say!("\nNow it goes on by its schedules, with a trade more now and then. Ctrl-C ends the demo.\n");
    Ok(())
}

/// Until each of these connections has had a run and none is running, but no longer than `max`.
async fn first_runs(
    client: &mut Client,
    follow: &mut Follow,
    connections: &[ConnectionId],
    max: Duration,
) -> Result<(), Failure> {
    let begun = Instant::now();
    let mut look = interval(LOOK_MILLIS);
    while begun.elapsed() < max {
        look.tick().await;
        follow.tell_news(client).await?;
        if follow.missing(connections).is_empty() {
            break;
        }
    }
    Ok(())
}

async fn sync_again(
    stage: &Stage,
    client: &mut Client,
    follow: &mut Follow,
    samples: &mut [Block],
    connections: Vec<ConnectionId>,
) -> anyhow::Result<()> {
    let name = trade_once_more(stage, samples, 0)?;
    say!("\nOne trade was added to {name}. Sync now:\n");
    if !connections.is_empty() {
        sync::sync(client, SyncAsk { connections, ..SyncAsk::default() }, Progress::Quiet).await?;
    }
    Ok(follow.tell_news(client).await?)
}

async fn go_on(stage: &Stage, client: &mut Client, follow: &mut Follow, samples: &mut [Block]) -> anyhow::Result<Done> {
    let mut look = interval(LOOK_MILLIS);
    let mut trade = interval_at(Instant::now() + TRADE_EVERY, TRADE_EVERY);
    let mut traded = 0;
    loop {
        tokio::select! {
            _ = look.tick() => follow.tell_news(client).await?,
            _ = trade.tick() => {
                trade_once_more(stage, samples, traded)?;
                traded += 1;
            }
        }
    }
}

/// Adds a trade to the strategy whose turn it is, and gives its name.
fn trade_once_more(stage: &Stage, samples: &mut [Block], turn: usize) -> std::io::Result<&'static str> {
    let turn = turn % samples.len();
    let changed = samples[turn].with_one_more_trade();
    trades::write(&stage.trade_logs(), std::slice::from_ref(&changed))?;
    samples[turn] = changed;
    Ok(samples[turn].name)
}

/// The usual port, so that the link looks as it will at home; a free one where that is taken, or where nobody would
/// follow a link.
fn listen(once: bool, usual: SocketAddr) -> SocketAddr {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    if once {
        return any;
    }
    match TcpListener::bind(usual) {
        Ok(_) => usual,
        Err(_) => {
            say!("Port {} is taken, by a foliosync of yours perhaps: the demo takes another.\n", usual.port());
            any
        }
    }
}
