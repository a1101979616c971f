//! Settings of documents.

use serde_json::{Value, json};

use super::{Office, column, text};
use crate::services::tenant::Tenant;

#[test]
fn requirements_are_those_of_the_tenant() {
    let office = Office {
        tenant: Tenant::demo(),
    };
    let list = |kind: &str, action: &str| {
        let call = office.call("list_document_requirement_settings");
        let got = call
            .query("contractType", kind)
            .query("action", action)
            .send();
        got.data(200)["Data"].clone()
    };
    let all = list("", "");
    assert!(all.as_array().unwrap().len() > 1);
    let nda = list("NDA", "Send For Signature");
    assert_eq!(nda.as_array().unwrap().len(), 1);
    let id = text(&nda[0]["Id"]);
    let before = nda[0]["IsRequired"].as_bool().unwrap();
    let row = json!([{"Id": id, "IsRequired": !before}]);
    let got = office
        .call("update_document_requirement_settings")
        .json(row)
        .send();
    assert_eq!(got.data(200)[0]["ContractType"], "NDA");
    let got = office
        .call("get_document_requirement_setting")
        .path("id", &id)
        .send();
    assert_eq!(got.data(200)["IsRequired"], !before);
    let query = json!({"CriteriaExpression": "ContractType = 'NDA'"});
    let got = office
        .call("query_document_requirement_settings")
        .json(query)
        .send();
    assert_eq!(got.data(200)["Data"][0]["IsRequired"], !before);
    for row in [
        json!([{"IsRequired": true}]),
        json!([{"Id": id, "IsRequired": "yes"}]),
    ] {
        office
            .call("update_document_requirement_settings")
            .json(row)
            .send()
            .errors(400);
    }
    let row = json!([{"Id": "nobody", "IsRequired": true}]);
    office
        .call("update_document_requirement_settings")
        .json(row)
        .send()
        .errors(404);
}

#[test]
fn output_formats_are_kept() {
    let office = Office::new();
    let row = json!({"Name": "NDA as PDF", "RecordType": "NDA", "OutputFormat": "PDF", "DocumentAction": ["GENERATE"]});
    let got = office
        .call("create_document_output_format")
        .json(row)
        .send();
    let id = text(&got.data(201)["Id"]);
    let row = json!({"Name": "x", "OutputFormat": "odt"});
    let refused = office
        .call("create_document_output_format")
        .json(row)
        .send();
    assert!(refused.errors(400)[0].contains("doc, docx, pdf, rtf"));
    let row = json!([{"Id": id, "IncludeWatermark": true}]);
    let got = office
        .call("update_document_output_formats")
        .json(row)
        .send();
    assert_eq!(got.data(200)[0]["OutputFormat"], "PDF");
    let got = office
        .call("get_document_output_format")
        .path("id", &id)
        .send();
    assert_eq!(got.data(200)[0]["IncludeWatermark"], true);
    let got = office.call("query_document_output_formats").send();
    assert_eq!(column(&got.data(200)["Data"], "Name"), ["NDA as PDF"]);
    office
        .call("delete_document_output_format")
        .path("id", &id)
        .send()
        .data(202);
    office
        .call("get_document_output_format")
        .path("id", &id)
        .send()
        .errors(404);
}

#[test]
fn protections_are_copied_to_roles_that_lack_them() {
    let office = Office::new();
    let create = |role: &str, action: &str, level: &str| {
        let row = json!({
            "Role": {"Id": role, "Name": role}, "Action": action, "ProtectionType": "NDA", "ProtectionLevel": level,
        });
        office.call("create_document_protection").json(row).send()
    };
    let first = text(create("R1", "SEND_FOR_REVIEW", "AllowOnlyRevisions").data(200));
    create("R1", "GENERATE", "NoProtection").data(200);
    create("R2", "GENERATE", "AllowOnlyReading").data(200);
    assert!(create("R1", "GENERATE", "NoProtection").errors(400)[0].contains("already"));
    office
        .call("create_document_protection")
        .json(json!({"Action": "GENERATE"}))
        .send()
        .errors(400);
    let clone = |source: &str| {
        let row = json!({
            "SourceRoleId": source,
            "DestinationRoles": [{"Id": "R2", "Name": "R2"}, {"Id": "R3", "Name": "R3"}],
        });
        office.call("clone_document_protections").json(row).send()
    };
    assert_eq!(clone("R1").data(200), "Success");
    clone("R9").errors(404);
    let query = |criteria: &str| -> Vec<Value> {
        let call = office.call("query_document_protections");
        let got = call.json(json!({"CriteriaExpression": criteria})).send();
        got.data(200)["Data"].as_array().unwrap().clone()
    };
    assert_eq!(query("Role.Id = 'R2'").len(), 2);
    assert_eq!(query("Role.Id = 'R3'").len(), 2);
    let kept = query("Role.Id = 'R2' AND Action = 'GENERATE'");
    assert_eq!(kept[0]["ProtectionLevel"], "AllowOnlyReading");
    let row = json!([{"Id": first, "Description": "lawyers only"}]);
    let got = office.call("update_document_protections").json(row).send();
    assert_eq!(got.data(200), &json!([first]));
    let on = |operation: &str| office.call(operation).path("documentProtectionId", &first);
    assert_eq!(
        on("get_document_protection").send().data(200)["Description"],
        "lawyers only"
    );
    on("delete_document_protection").send().data(200);
    on("get_document_protection").send().errors(404);
}
