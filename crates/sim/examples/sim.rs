//! The simulator as a program of its own, for scripts: prints the address of its control prefix and serves until its
//! standard input closes. The accounts of `foliosync_sim::doors()` are there; `--doors` prints what opens them.
//!
//! ```text
//! cargo run -p foliosync-sim --example sim -- [--port 0] [--at 2026-11-20T17:00:00Z] [--symbols 10000] [--no-limits] [--doors]
//! ```

use std::io::Read;

use foliosync_sim::{Credential, Plan, Sim, SimClock, SimOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = SimOptions::default();
    let mut plan = Plan::fmp_premium();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--port" => options.port = value()?.parse()?,
            "--at" => options.clock = SimClock::At(value()?.parse()?),
            "--symbols" => options.generated_symbols = value()?.parse()?,
            "--day-max" => plan = plan.with_limit("day", value()?.parse()?),
            "--no-limits" => options.has_limits = false,
            "--doors" => {
                for door in foliosync_sim::doors() {
                    let Credential { id, account, secret, passphrase, .. } = door.credential;
                    println!("{account}: {id} {secret:?} {passphrase}");
                }
                return Ok(());
            }
            _ => return Err(format!("{arg} is not an option").into()),
        }
    }
    let sim = Sim::start(options)?;
    sim.add_key("fmp", "simulated-fmp-key", plan);
    sim.add_key("tiingo", "simulated-tiingo-key", Plan::tiingo_power());
    println!("{}", sim.base_url("sim"));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
