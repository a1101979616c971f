//! A shopper signs in through the AES-CBC exchange and looks at the cart.

use conga::{Record, StorefrontQuery};

use crate::{
    setting::Setting,
    story::{Failure, Story},
};

pub(crate) async fn run(setting: &Setting, story: &mut Story) -> Result<(), Failure> {
    let storefront = match setting.conga.storefront() {
        Ok(storefront) => storefront,
        Err(error) => {
            story.skipped(error);
            return Ok(());
        }
    };
    let token = storefront.sign_in().await?;
    story.step(format!(
        "signed in by an encrypted exchange, as user {}",
        token.user_id().unwrap_or("(not told)")
    ));
    let cart: Record = storefront.active_cart().await?;
    story.step(format!("the active cart came with {} fields", cart.len()));
    let products: Vec<Record> = storefront
        .query("Product2", &StorefrontQuery::new().page(1, 5))
        .await?;
    story.step(format!(
        "products found by a storefront query: {}",
        products.len()
    ));
    storefront.revoke().await?;
    story.step("signed out");
    Ok(())
}
