//! The `conga-sandbox` program.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use conga_sandbox::{Builder, Fault, FaultRule, Sandbox, Seed};

/// A server that behaves like Conga, on 127.0.0.1, to build and test against.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 7070)]
    port: u16,

    /// File that keeps the data; without it the data is gone at the end.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// What the sandbox holds when it starts with no data.
    #[arg(long, value_enum, default_value_t = SeedArgument::Demo)]
    seed: SeedArgument,

    /// Seconds that the platform's access tokens live, at most an hour, which is the default.
    #[arg(long, value_name = "SECONDS")]
    token_lifetime: Option<u32>,

    /// File with the public key or certificate, as PEM, that checks Salesforce JWT bearer assertions.
    #[arg(long, value_name = "FILE")]
    salesforce_key: Option<PathBuf>,

    /// Faults for the calls of an operation, as in `data.*: latency=200ms; status=503`. May be given several times.
    #[arg(long, value_name = "OPERATION: FAULTS", value_parser = fault_rule)]
    fault: Vec<FaultRule>,

    /// Answers 429 to what exceeds so many requests a second.
    #[arg(long, value_name = "PER SECOND")]
    rate_limit: Option<u32>,

    /// Sends mail on to this SMTP server too, in the clear and without a password.
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    smtp: Option<(String, u16)>,

    /// Prints the fidelity ledger, which says what each operation does here and on what evidence, and ends.
    #[arg(long)]
    ledger: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SeedArgument {
    /// A small believable company.
    Demo,
    /// No records.
    Empty,
}

/// Reads a rule: the operation, a colon, the faults.
fn fault_rule(text: &str) -> Result<FaultRule, String> {
    let (operation, faults) = text
        .split_once(':')
        .ok_or("write the operation, a colon, and the faults")?;
    let faults = Fault::parse_all(faults).map_err(|error| error.to_string())?;
    Ok(FaultRule::new(operation.trim(), faults))
}

/// Reads a server's place: host, colon, port; an IPv6 address stands in brackets.
fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let parts = text.rsplit_once(':').and_then(|(host, port)| {
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = bare.unwrap_or(host);
        Some((host.to_owned(), port.parse().ok()?))
    });
    parts
        .filter(|(host, _)| !host.is_empty())
        .ok_or_else(|| "write the host, a colon, and the port, as 127.0.0.1:1025".to_owned())
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_target(false)
        .init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(source) = cause {
                text.push_str(&format!(": {source}"));
                cause = source.source();
            }
            let _ = writeln!(io::stderr(), "conga-sandbox: {text}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    if arguments.ledger {
        io::stdout().write_all(conga_sandbox::ledger().as_bytes())?;
        return Ok(());
    }
    allow_many_connections();
    let mut builder = Sandbox::builder()
        .port(arguments.port)
        .seed(match arguments.seed {
            SeedArgument::Demo => Seed::Demo,
            SeedArgument::Empty => Seed::Empty,
        });
    if let Some(path) = arguments.data {
        builder = builder.data_file(path);
    }
    if let Some(seconds) = arguments.token_lifetime {
        builder = builder.token_lifetime(seconds);
    }
    if let Some(path) = arguments.salesforce_key {
        builder = builder.salesforce_key(std::fs::read(path)?);
    }
    if let Some(per_second) = arguments.rate_limit {
        builder = builder.rate_limit(per_second);
    }
    if let Some((host, port)) = arguments.smtp {
        builder = builder.smtp(host, port);
    }
    let builder = arguments.fault.into_iter().fold(builder, Builder::fault);
    let sandbox = builder.start().await?;
    greet(&sandbox, io::stdout().lock())?;
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}

/// Raises the number of open files, and so of connections, to what the system allows; a shell often gives 1,024.
#[cfg(unix)]
fn allow_many_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    // Where it is refused, there are as many connections as there may be.
    let _ = setrlimit(Resource::Nofile, all);
}

#[cfg(not(unix))]
fn allow_many_connections() {}

/// Says where the sandbox is and how to sign in.
fn greet(sandbox: &Sandbox, mut out: impl Write) -> io::Result<()> {
    let accounts = sandbox.accounts();
    let (services, operations) = sandbox.coverage();
    writeln!(
        out,
        "Conga sandbox: {operations} operations of {services} services\n"
    )?;
    writeln!(out, "  Platform    {}", sandbox.base_url())?;
    writeln!(out, "  Tokens      {}", sandbox.token_url())?;
    writeln!(out, "  Issuer      {}", sandbox.issuer())?;
    writeln!(out, "  Salesforce  {}", sandbox.salesforce_token_url())?;
    writeln!(out, "  Storefront  {}\n", sandbox.storefront_url())?;
    writeln!(
        out,
        "  Integration client  {} / {}",
        accounts.integration.client_id, accounts.integration.client_secret
    )?;
    writeln!(
        out,
        "  API-to-API client   {} / {}, user-id {}",
        accounts.api.client_id, accounts.api.client_secret, accounts.api.user_id
    )?;
    writeln!(
        out,
        "  UI-to-API client    {} (PKCE), redirect to {} on any port",
        accounts.ui.client_id, accounts.ui.redirect_uri
    )?;
    writeln!(
        out,
        "  User                {} / {}",
        accounts.user.user_name, accounts.user.password
    )?;
    writeln!(
        out,
        "  Salesforce app      {} / {}, refresh token {}, user {}",
        accounts.salesforce.client_id,
        accounts.salesforce.client_secret,
        accounts.salesforce.refresh_token,
        accounts.salesforce.username
    )?;
    writeln!(
        out,
        "  Shopper             {} / {}, x-storefront {}",
        accounts.storefront.username, accounts.storefront.password, accounts.storefront.storefront
    )?;
    writeln!(out, "  API key             {}\n", accounts.api_key)?;
    writeln!(out, "Ctrl-C stops it.")?;
    out.flush()
}
