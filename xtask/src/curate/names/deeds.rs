//! Places where the method does not say what is done.

use super::path::{Segment, owns, shape};

/// How many of the place's things a deed works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    One,
    Many,
}

use Number::{Many, One};

/// One entry: (service, method, path below the base, verb, one or many). Service and path as in `places`, except that
/// the whole path must match.
type Deed = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Number,
);

#[rustfmt::skip] // One entry a line, to be read down.
const DEEDS: &[Deed] = &[
    // A POST that reads.
    ("administration", "POST", "job-status", "query", Many),
    ("approvals", "POST", "requests/attachments", "query", Many),
    ("approvals", "POST", "user-dashboard/getdata", "get", One),
    ("asset", "POST", "assets/related-purchases", "query", Many),
    ("audit", "POST", "objects/{}/records/{}/field-history-tracking", "query", Many),
    ("catalog", "POST", "categories/{}/services", "query", Many),
    ("catalog", "POST", "products/details", "query", Many),
    ("catalog", "POST", "search", "search", Many),
    ("catalog", "POST", "services", "query", Many),
    ("configuration-management", "POST", "configurations/{}", "query", Many),
    ("contracts", "POST", "contracts/{}/clauses", "query", Many),
    ("contracts", "POST", "contracts/{}/obligation-fulfillments", "query", Many),
    ("contracts", "POST", "obligations/activated-contracts", "query", Many),
    ("contracts", "POST", "requests/incoming-requests", "query", Many),
    ("email", "POST", "emails/status/batch", "query", Many),
    ("ingress", "POST", "Solution/snippet", "get", One),
    ("localization/localization", "POST", "translations", "query", Many),
    ("salesforce-*", "POST", "products/rules", "query", Many),
    ("salesforce-discovery-ai", "POST", "{}/analyze/docstatus", "get", One),
    ("salesforce-discovery-ai", "POST", "{}/analyze/status", "get", One),
    ("user-management", "POST", "user/objects/actionpermissions", "query", Many),
    ("x-author", "POST", "clause-content/markup-metadata", "get", One),
    ("x-author", "POST", "clause-content/{}", "get", One),
    ("x-author", "POST", "clauses/alternate", "query", Many),
    ("x-author", "POST", "contracts/recently-viewed", "query", Many),
    ("x-author", "POST", "contracts/{}/documents/lock-status", "get", One),
    ("x-author", "POST", "contracts/{}/documents/versions", "query", Many),
    ("x-author", "POST", "contracts/{}/playbooks/{}/executions/{}/results", "get", Many),
    ("x-author", "POST", "contracts/{}/ufc/repeat-data", "get", Many),
    ("x-author", "POST", "documents/suggested-filename", "suggest", One),
    ("x-author", "POST", "documents/{}/content/onedrive-stream", "get", One),
    ("x-author", "POST", "fields/references/metadata", "query", Many),
    ("x-author", "POST", "query/{}", "query", Many),
    ("x-author", "POST", "schema-metadata", "query", Many),
    ("x-author", "POST", "xAuthor/User/UsersByType", "query", Many),
    // A GET that counts, checks, searches, or answers a file.
    ("approvals", "GET", "user-dashboard/approvals-count", "count", Many),
    ("approvals", "GET", "user-dashboard/{}/approvals-count", "count", Many),
    ("esignature", "GET", "esignatures/usersearch/{}", "search", Many),
    ("file-store", "GET", "files/{}/download", "download", Many),
    ("sign", "GET", "cs-inappreports/zip/reports", "download", Many),
    ("sign", "GET", "cs-packages/{}/attachment/zip", "download", Many),
    ("sign", "GET", "cs-packages/{}/attachment/zip/{}", "download", Many),
    ("sign", "GET", "cs-virtual-room-video/{}/download-recording/{}", "download", One),
    ("sign", "GET", "customer/onboarded", "check", One),
    // A GET whose path says one for many, or many for one.
    ("invoice-management", "GET", "configure-requests/{}/request-results", "list", Many),
    ("user-management", "GET", "users/{}/roles", "get", One),
    // A write that creates or updates.
    ("approvals", "POST", "backup-admin", "upsert", One),
    ("approvals", "POST", "backup-delegates", "upsert", One),
    ("approvals", "POST", "search-filters", "upsert", One),
    ("approvals", "POST", "system-properties/product-settings", "upsert", One),
    ("data", "PATCH", "Account/bulk", "upsert", Many),
    ("data", "PATCH", "Contact/bulk", "upsert", Many),
    ("data", "PATCH", "Opportunity/bulk", "upsert", Many),
    ("data", "PATCH", "custom-objects/{}/bulk", "upsert", Many),
    ("user-management", "PUT", "property-permissions/{}/{}", "upsert", One),
    // A POST to one thing that updates it; a PUT beside it replaces it.
    ("approvals", "POST", "system-properties", "update", Many),
    ("sign", "POST", "cs-account/senders/{}", "update", One),
    ("sign", "POST", "cs-packages/{}/documents/{}", "update", One),
    ("sign", "PUT", "cs-packages/{}/documents/{}", "replace", One),
    ("salesforce-discovery-ai", "POST", "{}/insights/insightmaps", "update", Many),
    // A body that is a file.
    ("contracts", "POST", "contracts/{}/documents", "upload", One),
    ("contracts", "POST", "contracts/{}/obligations/{}/documents", "upload", One),
    ("contracts", "POST", "requests/{}/documents", "upload", One),
    ("document-management", "POST", "documents", "upload", Many),
    ("file-store", "POST", "files/bulk", "upload", Many),
    ("file-store/cdnstore", "POST", "files/{}", "upload", One),
    ("sign", "POST", "cs-account/senders/{}/signature/image", "upload", One),
    ("sign", "POST", "cs-packages/{}/attachment/{}", "upload", One),
    ("user-management", "POST", "users/upload", "upload", Many),
    // The steps of a multipart upload.
    ("document-management", "DELETE", "documents/{}/multipart-uploads", "abort", One),
    ("document-management", "POST", "documents/multipart-uploads", "start", One),
    ("document-management", "POST", "documents/{}/multipart-uploads", "complete", One),
    ("file-store", "DELETE", "files/multipart-uploads", "abort", One),
    ("file-store", "POST", "files/multipart-uploads", "start", One),
    // A write that puts what exists into a thing, or takes it out again.
    ("approvals", "PUT", "requests/comments", "add", Many),
    ("approvals", "DELETE", "requests/{}/adhoc-approver", "remove", One),
    ("approvals", "PUT", "requests/{}/adhoc-approver", "add", One),
    ("cart", "DELETE", "carts/{}/incentives", "remove", One),
    ("cart", "POST", "carts/{}/incentives", "apply", One),
    ("cart", "POST", "carts/{}/promotion", "apply", One),
    ("cart", "POST", "carts/{}/revalidation", "apply", One),
    ("cart", "PUT", "carts/{}/items/ramps", "add", Many),
    ("salesforce-*", "POST", "carts/{}/promotions", "apply", One),
    ("salesforce-cpq-v*", "DELETE", "carts/{}/promotions/{}", "remove", One),
    ("salesforce-cpq-v*", "POST", "carts/{}/items", "add", Many),
    ("sign", "POST", "cs-account/senders/{}/roles", "assign", Many),
    ("sign", "POST", "cs-packages/{}/documents/{}/layout", "apply", One),
    ("sign", "PUT", "cs-packages/{}/virtual-room/config/masked-fields/{}", "add", One),
    ("user-management", "DELETE", "roles/{}/admin-permissions", "remove", Many),
    ("user-management", "DELETE", "roles/{}/permissiongroups", "remove", Many),
    ("user-management", "DELETE", "users/{}/permissiongroups", "remove", Many),
    ("contracts", "POST", "contracts/{}/reviews/{}/reviewers", "add", Many),
    ("review", "POST", "{}/{}/reviewers", "add", Many),
    ("salesforce-cpq-v*", "POST", "favorites/{}/items", "add", Many),
    ("user-management", "POST", "integrations/{}", "add", Many),
    ("user-management", "PUT", "roles/{}/admin-permissions", "add", Many),
    ("user-management", "PUT", "roles/{}/permissiongroups", "add", Many),
    ("user-management", "PUT", "users/{}/permissiongroups", "add", Many),
    ("x-author", "DELETE", "clauses/{}/alternates/{}", "unlink", One),
    ("contracts", "POST", "contracts/{}/documents/large", "link", One),
    // A write of a value that always exists.
    ("extensibility", "POST", "customcode/{}/debuglog", "set", One),
    ("salesforce-discovery-ai", "POST", "{}/services/customsettings", "set", One),
    ("schema-manager", "PUT", "objects/{}/shared/{}", "set", One),
    ("sign", "POST", "cs-account/senders/{}/password", "change", One),
    ("sign", "POST", "cs-packages/{}/documents/visibility", "set", One),
    ("sign", "POST", "cs-packages/{}/virtual-room/config/masked-fields", "set", Many),
    ("user-management", "PUT", "users/{}/roles/{}", "set", One),
    // One or many, where neither path nor body tells.
    ("administration", "PATCH", "feature-settings", "update", Many),
    ("administration", "POST", "incentives/{}/coupons/generate/{}", "generate", Many),
    ("billing-management", "POST", "line-items/custom-plans", "create", Many),
    ("billing-management", "POST", "order-line-items/custom-plans", "create", Many),
    ("billing-management", "POST", "schedules/new", "create", Many),
    ("cart", "PATCH", "carts/{}/incentives", "update", One),
    ("cart", "POST", "carts/{}/items/ramp-lines", "create", Many),
    ("cart", "POST", "carts/{}/items/{}/auto-ramps", "create", Many),
    ("catalog", "POST", "favorites", "create", Many),
    ("contracts", "POST", "objects/multiple/export/{}/{}", "export", Many),
    ("external-endpoint-configuration", "POST", "endpoints/validate", "validate", One),
    ("file-store", "DELETE", "files", "delete", One),
    ("order", "PATCH", "orders", "update", Many),
    ("order", "POST", "order/{}/orderlineitems", "create", Many),
    ("order", "POST", "orders", "create", Many),
    ("schema-manager", "POST", "objects/{}/complex-fields/{}", "create", Many),
    ("user-management", "POST", "permissiongroups", "create", Many),
    ("user-management", "PUT", "integrations", "update", Many),
    ("user-management", "PUT", "integrations/{}", "update", Many),
    ("x-author", "POST", "contracts/{}/clauses/final", "create", Many),
    ("x-author", "POST", "contracts/{}/clauses/original", "create", Many),
    ("x-author", "POST", "contracts/{}/documents/import-offline", "import", One),
    ("x-author", "POST", "contracts/{}/documents/import-offline-multipart", "import", One),
    ("x-author", "POST", "documents/protect", "protect", One),
    ("x-author", "POST", "documents/unprotect", "unprotect", One),
    // Computed, not stored as given.
    ("contracts", "POST", "contracts/{}/supportingdocument", "generate", One),
    ("cart", "POST", "carts/{}/ramp-periods", "generate", Many),
    ("cart", "POST", "carts/{}/rebate-estimates", "estimate", Many),
    ("cart", "POST", "carts/{}/totals", "calculate", Many),
    ("salesforce-*", "POST", "carts/{}/tax", "calculate", One),
    // A DELETE after which the thing stays on record.
    ("review", "DELETE", "{}/{}", "cancel", One),
    ("review", "DELETE", "{}/{}/reviewers/{}", "cancel", One),
    ("user-management", "DELETE", "contact-users/{}", "deactivate", One),
    ("user-management", "DELETE", "user/guest/{}", "deactivate", One),
    ("user-management", "DELETE", "users/{}", "deactivate", One),
    ("user-management", "PUT", "grantlogin/{}", "cancel", One),
    // Messages are sent.
    ("email", "POST", "emails", "send", One),
    ("email", "POST", "emails/bulk", "send", Many),
    ("sign", "POST", "cs-packages/{}/documents/{}/approvals/{}/mobile_notification", "send", One),
    ("sign", "POST", "cs-packages/{}/notifications", "resend", One),
    ("sign", "POST", "cs-packages/{}/roles/{}/notifications", "resend", One),
    ("sign", "POST", "cs-packages/{}/roles/{}/sms_notification", "resend", One),
    // The path hides its verb in a noun, or has none.
    ("approvals", "POST", "requests/bulk/{}", "process", Many),
    ("contracts", "POST", "contracts/{}/submitrequest", "submit", One),
    ("extensibility", "POST", "customcode/execute", "execute", One),
    ("ingress", "POST", "Merge", "start", One),
    ("localization", "POST", "translations/schema-auto-translate", "translate", One),
    ("localization", "POST", "translations/text-auto-translate", "translate", Many),
    ("salesforce-discovery-ai", "POST", "{}/analyze/uploadinfo", "submit", One),
    ("sign", "POST", "cs-packages/{}/documents/signed_documents", "sign", Many),
    ("sign", "PUT", "cs-packages/{}/roles", "reorder", Many),
    ("user-management", "PATCH", "users/{}/secret", "regenerate", One),
    ("x-author", "POST", "analytics", "record", Many),
    ("x-author", "POST", "contracts/{}/AI/redline/risks", "identify", Many),
    ("x-author", "POST", "contracts/{}/documents/{}/clauses/final", "finalize", Many),
    ("x-author", "POST", "discovery-ai/contracts/{}/documents/{}/markup-document", "mark", One),
    ("x-author", "POST", "document-sync", "sync", One),
    ("x-author", "POST", "documents/metadata", "extract", Many),
    ("x-author", "POST", "intelligent-imports/documents", "submit", One),
    ("x-author", "POST", "logs", "log", One),
    ("x-author", "POST", "logs/customMetrics", "log", Many),
];

/// What is done at a place, where the method does not say it.
pub(super) fn deed(
    service: &str,
    api: &str,
    method: &str,
    segments: &[Segment<'_>],
) -> Option<(&'static str, Number)> {
    let shape = shape(segments);
    DEEDS
        .iter()
        .find(|(owner, does, path, ..)| {
            does.eq_ignore_ascii_case(method)
                && path.eq_ignore_ascii_case(&shape)
                && owns(owner, service, api)
        })
        .map(|(.., verb, number)| (*verb, *number))
}

/// The verbs of the table, to hold it to the vocabulary.
#[cfg(test)]
pub(super) fn verbs_of_deeds() -> impl Iterator<Item = &'static str> {
    DEEDS.iter().map(|(.., verb, _)| *verb)
}
