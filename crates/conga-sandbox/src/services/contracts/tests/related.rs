//! Related lists.

use serde_json::{Value, json};

use super::{Office, column, text};
use crate::services::tenant::Request;

fn on<'a>(office: &'a Office, contract: &str, object: &str, operation: &str) -> Request<'a> {
    office.on(contract, operation).path("objectName", object)
}

#[test]
fn records_of_an_object_belong_to_a_contract() {
    let office = Office::new();
    let (contract, other) = (office.contract("Supply"), office.contract("Other"));
    let create = |contract: &str, rows: Value| {
        on(
            &office,
            contract,
            "Site_c",
            "create_contract_related_records",
        )
        .json(rows)
        .send()
    };
    let got = create(
        &contract,
        json!([{"Name": "Oslo", "Agreement": other}, {"Name": "Lyon"}]),
    );
    let rows = got.data(200).clone();
    assert_eq!(rows[0]["Agreement"], contract.as_str());
    create(&other, json!([{"Name": "Boston"}])).data(200);
    let got = on(
        &office,
        &contract,
        "Site_c",
        "query_contract_related_records",
    )
    .send();
    assert_eq!(column(&got.data(200)["Data"], "Name"), ["Oslo", "Lyon"]);
    let id = text(&rows[0]["Id"]);
    let one = |contract: &str, operation: &str| {
        on(&office, contract, "Site_c", operation).path("objectId", &id)
    };
    assert_eq!(
        one(&contract, "get_contract_related_record")
            .send()
            .data(200)["Name"],
        "Oslo"
    );
    one(&other, "get_contract_related_record")
        .send()
        .errors(404);
    let row = json!({"Name": "Bergen", "Agreement": other});
    let got = one(&contract, "update_contract_related_record")
        .json(row)
        .send();
    assert_eq!(got.data(200)["Agreement"], contract.as_str());
    let update = |rows: Value| {
        on(
            &office,
            &contract,
            "Site_c",
            "update_contract_related_records",
        )
        .json(rows)
        .send()
    };
    assert_eq!(
        update(json!([{"Id": id, "Rooms_c": 3}])).data(200)[0]["Name"],
        "Bergen"
    );
    assert!(update(json!([{"Rooms_c": 3}])).errors(400)[0].contains("needs its Id"));
    let delete = |row: Value| {
        on(
            &office,
            &contract,
            "Site_c",
            "delete_contract_related_records",
        )
        .json(row)
        .send()
    };
    delete(json!({"DeleteAll": false})).errors(400);
    let got = delete(json!({"DeleteAll": false, "ObjectIds": [id, "nobody"]}));
    assert_eq!(got.data(200), &json!({&id: "Success", "nobody": "Fail"}));
    one(&contract, "delete_contract_related_record")
        .send()
        .errors(404);
    let got = delete(json!({"DeleteAll": true}));
    assert_eq!(got.data(200).as_object().unwrap().len(), 1);
    let got = on(&office, &other, "Site_c", "query_contract_related_records").send();
    assert_eq!(got.data(200)["RecordCount"], 1);
}

#[test]
fn only_some_objects_have_a_list() {
    let office = Office::new();
    let contract = office.contract("Supply");
    for object in ["Agreement", "Account", "NumberSeries", "x'--", "..", "_c"] {
        let call = on(
            &office,
            &contract,
            object,
            "create_contract_related_records",
        );
        let got = call.json(json!([{"Name": "x"}])).send();
        assert!(got.errors(404)[0].contains("no related list"), "{object}");
    }
    let call = on(
        &office,
        &contract,
        "AgreementLineItem",
        "create_contract_related_records",
    );
    call.json(json!([{"Name": "10 kits"}])).send().data(200);
    on(
        &office,
        "nobody",
        "Site_c",
        "query_contract_related_records",
    )
    .send()
    .errors(404);
}
