//! The generated services: a file through a multipart operation, and one reading operation of each.

use conga::{
    Part,
    conga_api::{Pending, operations, salesforce_approvals, salesforce_cpq_rest},
};
use serde_json::json;

use crate::{
    records::expect,
    setting::Setting,
    story::{Failure, Story},
};

/// The id of nothing: asking for it reads and finds nothing.
const NOTHING: &str = "00000000-0000-4000-8000-00000000ffff";

/// Sends a file from disk as a stream, and saves what comes back.
pub(crate) async fn file(setting: &Setting, story: &mut Story) -> Result<(), Failure> {
    let files = setting.conga.api().file_store();
    let folder = std::env::temp_dir().join(format!("conga-quickstart-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let sent = folder.join("plan.txt");
    std::fs::write(&sent, "Rows of lavender, rows of thyme.\n")?;

    files
        .upload_file("quickstart", "plan.txt")
        .file(Part::file(&sent))
        .send()
        .await?;
    story.step("uploaded plan.txt from disk");
    let back = folder.join("back.txt");
    let download = files.download_file("quickstart", "plan.txt").send().await?;
    let length = download.into_inner().save(&back).await?;
    expect(
        std::fs::read(&back)? == std::fs::read(&sent)?,
        "another file came back",
    )?;
    story.step(format!("downloaded it again: the same {length} bytes"));
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Says which operation was called, and how its service answered.
async fn call<T>(
    story: &mut Story,
    operation: &operations::Operation,
    pending: Pending<T>,
) -> Result<(), Failure> {
    let answer = pending.await?;
    story.step(format!(
        "{:<34} {:<34} {}",
        operation.service,
        operation.id,
        answer.status().as_u16()
    ));
    Ok(())
}

pub(crate) async fn run(setting: &Setting, story: &mut Story) -> Result<(), Failure> {
    let api = setting.conga.api();
    macro_rules! call {
        ($($service:ident.$operation:ident($($argument:expr),*) as $constant:ident),* $(,)?) => {$(
            call(story, &operations::$service::$constant, api.$service().$operation($($argument),*).send()).await?;
        )*};
    }
    call! {
        administration.list_attributes() as LIST_ATTRIBUTES,
        approvals.list_business_objects() as LIST_BUSINESS_OBJECTS,
        asset.list_assets() as LIST_ASSETS,
        audit.get_field_history_tracking_config() as GET_FIELD_HISTORY_TRACKING_CONFIG,
        billing_management.list_payment_terms() as LIST_PAYMENT_TERMS,
        cart.list_carts() as LIST_CARTS,
        catalog.list_categories() as LIST_CATEGORIES,
        configuration_management.list_configuration_categories() as LIST_CONFIGURATION_CATEGORIES,
        contracts.get_cycle_time_dashboard() as GET_CYCLE_TIME_DASHBOARD,
        conversion_management.list_currency_rates() as LIST_CURRENCY_RATES,
        data.list_currencies() as LIST_CURRENCIES,
        document_management.check_document_exists(NOTHING) as CHECK_DOCUMENT_EXISTS,
        email.list_email_templates() as LIST_EMAIL_TEMPLATES,
        esignature.list_esignature_templates() as LIST_ESIGNATURE_TEMPLATES,
        extensibility.list_callbacks() as LIST_CALLBACKS,
        external_endpoint_configuration.list_endpoints() as LIST_ENDPOINTS,
        file_store.get_file_limits() as GET_FILE_LIMITS,
        incentive_administration.list_incentive_programs() as LIST_INCENTIVE_PROGRAMS,
        ingress.get_environment_info() as GET_ENVIRONMENT_INFO,
        invoice_management.list_split_criteria() as LIST_SPLIT_CRITERIA,
        localization.list_translations() as LIST_TRANSLATIONS,
        order.list_orders() as LIST_ORDERS,
        quote.list_quotes() as LIST_QUOTES,
        rebate_administration.list_rebates() as LIST_REBATES,
        review.get_authorization("Office365") as GET_AUTHORIZATION,
        scheduler.list_jobs() as LIST_JOBS,
        schema_manager.list_objects() as LIST_OBJECTS,
        search.list_searchable_objects() as LIST_SEARCHABLE_OBJECTS,
        sign.check_health() as CHECK_HEALTH,
        user_management.list_currency_formats() as LIST_CURRENCY_FORMATS,
    }
    if setting.sandbox.is_none() {
        story.skipped("X-Author, Discovery AI, TurboEngines and the Salesforce-hosted APIs answer at hosts of their own");
        return Ok(());
    }
    // Some hosted APIs only write, and the reference tells too little to try them on somebody's organisation.
    let submission = salesforce_approvals::types::BulkSubmitForApprovalBody {
        ctx_obj_params: Vec::new(),
    };
    let asset = salesforce_cpq_rest::types::ChangeAssetRequest::default();
    let order = json!({ "targetDate": "2026-01-31" })
        .as_object()
        .cloned()
        .unwrap_or_default();
    call! {
        salesforce_approvals.bulk_submit_for_approval(&submission) as BULK_SUBMIT_FOR_APPROVAL,
        salesforce_billing.create_invoices_for_order(&order) as CREATE_INVOICES_FOR_ORDER,
        salesforce_cpq_rest.change_asset("02i000000000001AAA", &asset) as CHANGE_ASSET,
        salesforce_cpq_v4.get_active_storefront() as GET_ACTIVE_STOREFRONT,
        salesforce_cpq_v5.get_active_storefront() as GET_ACTIVE_STOREFRONT,
        salesforce_discovery_ai.list_insight_maps("tenant") as LIST_INSIGHT_MAPS,
        salesforce_orchestrate.export_process_definitions(["a0B000000000001AAA"]) as EXPORT_PROCESS_DEFINITIONS,
        salesforce_partner_commerce.price_cart("active") as PRICE_CART,
        salesforce_turboengines.validate_data_sync() as VALIDATE_DATA_SYNC,
        x_author.get_admin_settings() as GET_ADMIN_SETTINGS,
    }
    Ok(())
}
