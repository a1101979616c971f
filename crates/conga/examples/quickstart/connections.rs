//! A program of its own: an API connection that is made, signs in, gets another secret and is shut off.

use conga::{ApiConnectionType, Client, IssuedClient};

use crate::{
    records::expect,
    setting::Setting,
    story::{Failure, Story},
};

const INTEGRATION: &str = "quickstart";

pub(crate) async fn run(setting: &Setting, story: &mut Story) -> Result<(), Failure> {
    let Some(sandbox) = &setting.sandbox else {
        story.skipped("API connections cannot be deleted, so none is made on a tenant");
        return Ok(());
    };
    let program = |issued: &IssuedClient| {
        Client::builder()
            .endpoints(sandbox.token_url(), sandbox.base_url())
            .client_credentials(&issued.client_id, issued.client_secret.clone())
            .user_id(&sandbox.accounts().api.user_id)
            .build()
    };
    let connections = setting.conga.api_connections();
    let first = connections
        .create_api_to_api(INTEGRATION)
        .client_name("Quickstart")
        .await?;
    program(&first)?.records("Account").list().page(1).await?;
    story.step("created an API connection, and signed in with it");

    let second = connections
        .regenerate_secret(INTEGRATION, ApiConnectionType::ApiToApi)
        .await?;
    let refused = program(&first)?.records("Account").list().page(1).await;
    expect(
        refused.is_err_and(|error| error.auth().is_some()),
        "the old secret still signs in",
    )?;
    program(&second)?.records("Account").list().page(1).await?;
    story.step("made a new secret: it signs in, and the old one does not");

    connections
        .deactivate(INTEGRATION, ApiConnectionType::ApiToApi)
        .await?;
    let refused = program(&second)?.records("Account").list().page(1).await;
    expect(
        refused.is_err(),
        "the deactivated connection still signs in",
    )?;
    story.step("deactivated it: it does not sign in any more");
    Ok(())
}
