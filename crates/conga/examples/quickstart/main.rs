//! The main job from sign-in to sign-out, over real HTTP.
//!
//!     cargo run -p conga --example quickstart
//!
//! Without settings it starts a sandbox in this process. With `CONGA_REGION` (or `CONGA_TOKEN_URI` and `CONGA_BASE_URI`), `CONGA_CLIENT_ID` and
//! `CONGA_CLIENT_SECRET` set it runs against that tenant instead, where it makes records of its own and deletes them again.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example speaks to its reader"
)]

mod connections;
mod records;
mod services;
mod setting;
mod shop;
mod story;

use std::process::ExitCode;

use setting::Setting;
use story::{Failure, Story};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(steps) => {
            println!("\nquickstart: all {steps} steps ok");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("\nquickstart: {failure}");
            for message in story::messages(failure.as_ref()) {
                eprintln!("  the server says: {message}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Tells the story, and gives the number of its steps.
async fn run() -> Result<usize, Failure> {
    let setting = Setting::find().await?;
    let mut story = Story::default();

    story.chapter("Sign in");
    setting.sign_in(&mut story).await?;
    story.chapter("Records");
    records::run(&setting, &mut story).await?;
    story.chapter("A shopper");
    shop::run(&setting, &mut story).await?;
    story.chapter("A connection of its own");
    connections::run(&setting, &mut story).await?;
    story.chapter("A file, up and down");
    services::file(&setting, &mut story).await?;
    story.chapter("One operation of every service");
    services::run(&setting, &mut story).await?;

    setting.end().await;
    Ok(story.steps())
}
