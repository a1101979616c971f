//! The main job from sign-in to sign-out, over real HTTP.
//!
//!     cargo run -p conga --example quickstart
//!
//! Without settings it starts a sandbox in this process. With `CONGA_REGION` (or `CONGA_TOKEN_URI` and `CONGA_BASE_URI`), `CONGA_CLIENT_ID` and
//! `CONGA_CLIENT_SECRET` set it runs against that tenant instead, where it makes records of its own and deletes them again.

#![expect(clippy::print_stdout, reason = "an example speaks to its reader")]

mod records;
mod services;
mod setting;
mod shop;
mod story;

use setting::Setting;
use story::{Failure, Story};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let setting = Setting::find().await?;
    let mut story = Story::default();

    story.chapter("Sign in");
    setting.sign_in(&mut story).await?;
    story.chapter("Records");
    records::run(&setting, &mut story).await?;
    story.chapter("A shopper");
    shop::run(&setting, &mut story).await?;
    story.chapter("A file, up and down");
    services::file(&setting, &mut story).await?;
    story.chapter("One operation of every service");
    services::run(&setting, &mut story).await?;

    setting.end().await;
    println!("\nquickstart: all {} steps ok", story.steps());
    Ok(())
}
