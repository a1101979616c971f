//! Each rule on real operations. The whole list of ids stands in a snapshot of its own.

use super::{NameFault, Named, name_operations};

/// Names operations of one service written as `METHOD path`, with `[]` behind the path where the body is an array.
fn names(service: &str, operations: &[&str]) -> Result<Vec<String>, Vec<NameFault>> {
    let operations: Vec<Named<'_>> = operations
        .iter()
        .map(|operation| {
            let (method, path) = operation.split_once(' ').unwrap();
            let (path, takes_array_body) = path
                .strip_suffix("[]")
                .map_or((path, false), |path| (path, true));
            Named {
                service,
                method,
                path,
                takes_array_body,
                given: None,
            }
        })
        .collect();
    name_operations(&operations)
}

/// Checks operations of one service, each with the id that it must get.
fn expect(service: &str, cases: &[(&str, &str)]) {
    let operations: Vec<&str> = cases.iter().map(|(operation, _)| *operation).collect();
    let expected: Vec<&str> = cases.iter().map(|(_, id)| *id).collect();
    assert_eq!(names(service, &operations).unwrap(), expected);
}

#[test]
fn number_tells_one_from_many() {
    expect(
        "administration",
        &[
            ("GET /api/revenue-admin/v1/price-lists", "list_price_lists"),
            (
                "POST /api/revenue-admin/v1/price-lists[]",
                "create_price_lists",
            ),
            (
                "PATCH /api/revenue-admin/v1/price-lists[]",
                "update_price_lists",
            ),
            (
                "DELETE /api/revenue-admin/v1/price-lists[]",
                "delete_price_lists",
            ),
            (
                "GET /api/revenue-admin/v1/price-lists/{Id}",
                "get_price_list",
            ),
            (
                "PATCH /api/revenue-admin/v1/price-lists/{Id}",
                "update_price_list",
            ),
            (
                "DELETE /api/revenue-admin/v1/price-lists/{Id}",
                "delete_price_list",
            ),
        ],
    );
}

#[test]
fn a_place_that_a_parameter_follows_is_a_collection_whatever_its_number() {
    expect(
        "approvals",
        &[
            ("GET /api/approvals/v1/process", "list_processes"),
            ("POST /api/approvals/v1/process", "create_process"),
            ("PUT /api/approvals/v1/process/{id}", "update_process"),
            (
                "GET /api/approvals/v1/backup-delegates/stats",
                "get_backup_delegate_stats",
            ),
            ("GET /api/approvals/v1/backup-admin", "get_backup_admin"),
        ],
    );
}

#[test]
fn parents_stand_before_children_that_do_not_name_them() {
    expect(
        "administration",
        &[
            (
                "DELETE /api/revenue-admin/v1/attribute-matrices/{ParentId}/entries/{id}",
                "delete_attribute_matrix_entry",
            ),
            (
                "GET /api/revenue-admin/v1/attribute-matrices/{ParentId}/entries/export",
                "export_attribute_matrix_entries",
            ),
            (
                "GET /api/revenue-admin/v1/price-lists/{parentId}/price-list-items",
                "list_price_list_items",
            ),
            (
                "GET /api/revenue-admin/v1/products/{parentId}/price-list-items",
                "list_product_price_list_items",
            ),
            (
                "GET /api/revenue-admin/v1/incentives/{ParentId}/related-incentives",
                "list_related_incentives",
            ),
            (
                "GET /api/revenue-admin/v1/quotes/{ParentId}/locations",
                "list_quote_locations",
            ),
        ],
    );
}

#[test]
fn a_verb_in_the_path_beats_the_method() {
    expect(
        "contracts",
        &[
            (
                "POST /api/clm/v1/contracts/{contractId}/activate[]",
                "activate_contract",
            ),
            ("POST /api/clm/v1/contracts/query", "query_contracts"),
            (
                "POST /api/clm/v1/contracts/{contractId}/documents/querywithreview",
                "query_contract_documents_with_review",
            ),
            (
                "POST /api/clm/v1/contracts/{contractId}/joindocuments",
                "join_contract_documents",
            ),
            (
                "POST /api/clm/v1/contracts/storeexecuted",
                "store_executed_contract",
            ),
            (
                "POST /api/clm/v1/contracts/createoffline/large",
                "create_contract_offline_large",
            ),
            (
                "POST /api/clm/v1/contracts/{contractId}/update-contract-lifecycle-status",
                "update_contract_lifecycle_status",
            ),
        ],
    );
    expect(
        "approvals",
        &[
            ("POST /api/approvals/v1/process/{id}/clone", "clone_process"),
            (
                "POST /api/approvals/v1/requests/bulk-approve[]",
                "bulk_approve_requests",
            ),
        ],
    );
    expect(
        "extensibility",
        &[(
            "POST /api/extensibility/v2/deployment/package/{name}/rollback",
            "roll_back_package",
        )],
    );
}

#[test]
fn bulk_paths_say_bulk() {
    expect(
        "user-management",
        &[
            (
                "POST /api/user-management/v1/users/bulk[]",
                "bulk_create_users",
            ),
            (
                "PUT /api/user-management/v1/users/bulk-upsert[]",
                "bulk_upsert_users",
            ),
            (
                "PUT /api/user-management/v1/users/bulk-upsert-sync[]",
                "bulk_upsert_users_sync",
            ),
            (
                "PUT /api/user-management/v1/user-groups/bulk-upsert-userGroups[]",
                "bulk_upsert_user_groups",
            ),
        ],
    );
}

#[test]
fn keys_and_adjectives_qualify() {
    expect(
        "data",
        &[
            (
                "GET /api/data/v1/Account/by-externalId/{externalId}",
                "get_account_by_external_id",
            ),
            ("GET /api/data/v1/Account/{id}", "get_account"),
        ],
    );
    expect(
        "contracts",
        &[(
            "GET /api/clm/v1/contracts/{contractId}/teammembers/by-action/{actionName}",
            "list_contract_team_members_by_action",
        )],
    );
    expect(
        "billing-management",
        &[
            (
                "PUT /api/billing/v1/payment-terms/{id}/default",
                "set_default_payment_term",
            ),
            ("GET /api/billing/v1/payment-terms/{id}", "get_payment_term"),
        ],
    );
    expect(
        "cart",
        &[
            ("GET /api/cart/v1/carts/active", "get_active_cart"),
            ("GET /api/cart/v1/carts/{Id}", "get_cart"),
        ],
    );
}

#[test]
fn places_say_what_paths_leave_out() {
    expect(
        "data",
        &[
            (
                "GET /api/data/v1/custom-objects/{objectName}",
                "list_custom_object_records",
            ),
            (
                "GET /api/data/v1/custom-objects/{objectName}/{id}",
                "get_custom_object_record",
            ),
            (
                "POST /api/data/v1/custom-objects/{objectName}/bulk[]",
                "bulk_create_custom_object_records",
            ),
            (
                "POST /api/data/v1/custom-objects/query/{objectName}",
                "query_custom_object_records",
            ),
            (
                "GET /api/data/v1/custom-objects/{objectName}/recordtypes",
                "list_custom_object_record_types",
            ),
        ],
    );
    expect(
        "file-store",
        &[
            (
                "DELETE /api/cdnstore/v1/files/bulk[]",
                "bulk_delete_cdn_files",
            ),
            ("DELETE /api/filestore/v1/files/bulk[]", "bulk_delete_files"),
        ],
    );
    expect(
        "sign",
        &[
            (
                "PATCH /api/sign/v1/cs-account/admin/accountSettings/designerSettings",
                "update_account_designer_settings",
            ),
            (
                "GET /api/sign/v1/cs-account/admin/accountSettings",
                "get_account_settings",
            ),
        ],
    );
    expect(
        "salesforce-cpq-v5",
        &[
            (
                "GET /services/apexrest/Apttus_WebStore/apttus/v5/{objectName}",
                "list_records",
            ),
            (
                "GET /services/apexrest/Apttus_WebStore/apttus/v5/pricelists/active",
                "get_active_price_list",
            ),
        ],
    );
}

#[test]
fn deeds_say_what_methods_do_not() {
    expect(
        "data",
        &[
            ("PUT /api/data/v1/Account/bulk[]", "bulk_update_accounts"),
            ("PATCH /api/data/v1/Account/bulk[]", "bulk_upsert_accounts"),
        ],
    );
    expect(
        "user-management",
        &[
            (
                "DELETE /api/user-management/v1/users/{userId}",
                "deactivate_user",
            ),
            (
                "PUT /api/user-management/v1/roles/{roleId}/permissiongroups",
                "add_role_permission_groups",
            ),
        ],
    );
    expect(
        "catalog",
        &[("POST /api/catalog/v1/services", "query_services")],
    );
}

#[test]
fn a_version_shows_only_beside_an_earlier_one() {
    expect(
        "email",
        &[
            ("POST /api/email/v1/emails/bulk[]", "bulk_send_emails"),
            ("POST /api/email/v2/emails/bulk[]", "bulk_send_emails_v2"),
        ],
    );
    expect("ingress", &[("GET /api/ingress/v2/jobs/{id}", "get_job")]);
    expect(
        "x-author",
        &[
            ("POST /api/xauthor/v1/fields/validate", "validate_fields"),
            (
                "POST /api/xauthor/v1/fields/validate/v2",
                "validate_fields_v2",
            ),
        ],
    );
}

#[test]
fn a_clash_names_its_operations_and_the_remedy() {
    let faults = names(
        "quote",
        &[
            "POST /api/quote/v1/quotes/{ExternalId}/clone-quote",
            "POST /api/quote/v1/quotes/{Id}/clone",
        ],
    )
    .unwrap_err();
    let [fault] = faults.as_slice() else {
        panic!("{faults:?}");
    };
    assert_eq!(
        fault.operations(),
        "POST /api/quote/v1/quotes/{ExternalId}/clone-quote, POST /api/quote/v1/quotes/{Id}/clone",
    );
    assert_eq!(fault.to_string(), "the id of each would be `clone_quote`");
    assert!(fault.remedy().contains("x-conga-name"));
}

#[test]
fn an_overlay_gives_the_id_but_keeps_to_the_grammar() {
    let clone = Named {
        service: "quote",
        method: "POST",
        path: "/api/quote/v1/quotes/{ExternalId}/clone-quote",
        takes_array_body: false,
        given: Some("clone_quote_by_external_id"),
    };
    let other = Named {
        path: "/api/quote/v1/quotes/{Id}/clone",
        given: None,
        ..clone
    };
    assert_eq!(
        name_operations(&[clone, other]).unwrap(),
        ["clone_quote_by_external_id", "clone_quote"]
    );

    for id in [
        "quote_clone",
        "clone",
        "Clone_Quote",
        "clone__quote",
        "clone_quote_",
    ] {
        let faults = name_operations(&[Named {
            given: Some(id),
            ..clone
        }])
        .unwrap_err();
        assert!(
            matches!(faults.as_slice(), [NameFault::Ungrammatical { .. }]),
            "{id}: {faults:?}"
        );
    }
}
