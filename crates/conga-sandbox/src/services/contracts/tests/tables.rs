//! Records from and to tables.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{Office, column, text};
use crate::services::tenant::Got;

#[track_caller]
fn csv(data: &Value) -> Vec<String> {
    let content = BASE64_STANDARD.decode(data.as_str().unwrap()).unwrap();
    let content = String::from_utf8(content).unwrap();
    content.lines().map(str::to_owned).collect()
}

impl Office {
    fn import(&self, name: &str, content: &str) -> Got {
        let call = self.call("create_import_job");
        call.file("file", name, content.to_owned()).send()
    }

    #[track_caller]
    fn imported(&self, name: &str, content: &str) -> String {
        let got = self.import(name, content);
        assert_eq!(got.data(200)["State"], "Queued");
        text(&got.data(200)["JobId"])
    }

    fn job(&self, id: &str, operation: &str) -> Got {
        self.call(operation).path("jobId", id).send()
    }

    fn milliseconds_pass(&self, milliseconds: u64) {
        let time = std::time::Duration::from_millis(milliseconds);
        self.tenant.world.clock.advance(time);
    }
}

#[test]
fn a_query_is_exported() {
    let office = Office::new();
    for name in ["b, \"quoted\"", "a"] {
        office.contract(name);
    }
    let export = |format: &str, body: Value| {
        let call = office.call("export_object").path("fileName", "contracts");
        call.path("format", format).json(body).send()
    };
    let query = json!({
        "ObjectName": "Agreement", "Criteria": "Status = 'Request'", "Select": ["Name", "Account", "Account.Id"],
        "Sort": {"FieldName": "Name", "OrderBy": "Descending"}, "Limit": 10,
    });
    let got = export("csv", query.clone());
    assert_eq!(
        csv(got.data(200)),
        [
            "Name,Account,Account.Id",
            "\"b, \"\"quoted\"\"\",Acme,A1",
            "a,Acme,A1"
        ]
    );
    let got = export("xlsx", query);
    let book = BASE64_STANDARD
        .decode(got.data(200).as_str().unwrap())
        .unwrap();
    assert!(book.starts_with(b"PK"));
    let got = export("csv", json!({"ObjectName": "Agreement"}));
    assert!(
        csv(got.data(200))[0].starts_with("Id,Name,Account.Id,Account.Name,ContractDurationDays")
    );
    export("csv", json!({"ObjectName": "Nothing"})).errors(400);
    export(
        "csv",
        json!({"ObjectName": "Agreement", "Criteria": "Name ="}),
    )
    .errors(400);
    export("odt", json!({"ObjectName": "Agreement"})).errors(400);
}

#[test]
fn several_objects_are_exported_as_they_are_searched() {
    let office = Office::new();
    let data = |row: Value| {
        let call = office.tenant.call("data", "create_account");
        text(call.json(row).send().data(201))
    };
    let (acme, bolt) = (data(json!({"Name": "Acme"})), data(json!({"Name": "Bolt"})));
    for (name, account) in [("Supply", &acme), ("Service", &bolt), ("Pilot", &acme)] {
        office.contract_with(json!({
            "Name": name, "RecordType": "MSA", "Account": {"Id": account, "Name": "shown"},
        }));
    }
    let export = |body: Value| {
        let call = office
            .call("export_multiple_objects")
            .path("fileName", "all");
        call.path("format", "csv").json(body).send()
    };
    let queries = json!([
        {
            "Query": {"ObjectName": "Account", "Criteria": "Name = 'Acme'"},
            "ReferenceAliasName": "Account",
        },
        {"Query": {"ObjectName": "Agreement", "Select": ["Name", "Account"]}, "IsPrimaryObject": true},
    ]);
    let got = export(json!({"MultipleObjectSearchQueries": queries}));
    assert_eq!(
        csv(got.data(200)),
        ["Name,Account", "Supply,shown", "Pilot,shown"]
    );
    export(json!({"MultipleObjectSearchQueries": []})).errors(400);
}

#[test]
fn rows_become_records_or_leave_their_fault() {
    let office = Office::new();
    let job = office.imported(
        "contracts.csv",
        "Name,RecordType,Account.Id,TotalContractValue,Perpetual,ContractStartDate,ContractEndDate\n\
         Supply,MSA,A1,12.5,true,2026-01-01,2026-12-31\n\
         No type,,A1,,,,\n\
         Backwards,MSA,A1,,,2026-02-01,2026-01-01\n\
         Too long,MSA,A1,,,,,,,\n\
         Pilot,NDA,,,,,\n",
    );
    assert_eq!(office.find(""), ["Supply", "Pilot"]);
    let got = office.call("query_contracts").send();
    let first = &got.data(200)["Data"][0];
    assert_eq!(first["TotalContractValue"], 12.5);
    assert_eq!(first["Perpetual"], true);
    assert_eq!(first["Account"]["Id"], "A1");
    assert_eq!(first["ContractNumber"], "1");
    assert_eq!(got.data(200)["Data"][1]["ContractNumber"], "2");

    let states = || {
        let got = office.call("query_import_jobs").send();
        let row = got.data(200)["Data"][0].clone();
        (
            text(&row["State"]),
            row["SuccessRecordCount"].clone(),
            row["FailedRecordCount"].clone(),
        )
    };
    assert_eq!(states(), ("Queued".to_owned(), json!(0), json!(0)));
    let got = office.job(&job, "get_import_job");
    assert!(got.data(200)[0]["FileContent"].is_null());
    office.milliseconds_pass(150);
    assert_eq!(states().0, "InProgress");
    office.milliseconds_pass(500);
    assert_eq!(states(), ("Completed".to_owned(), json!(2), json!(3)));
    let got = office.job(&job, "get_import_job");
    let batch = &got.data(200)[0];
    assert_eq!(batch["State"], "Completed");
    let lines = csv(&batch["FileContent"]);
    assert!(lines[0].ends_with(",ResultId,ResultError"));
    assert!(lines[1].starts_with("Supply,MSA,A1,12.5,true,2026-01-01,2026-12-31,"));
    assert!(lines[2].contains("RecordType is required"));
    assert!(lines[3].contains("lies before"));
    assert!(lines[4].contains("the row has 10 cells"));

    let uploaded = |batch: &str| {
        let call = office.call("get_import_job_batch").path("jobId", &job);
        call.path("batchId", batch).send()
    };
    let got = uploaded(&text(&batch["BatchId"]));
    assert_eq!(csv(&got.data(200)[0]["FileContent"]).len(), 6);
    uploaded("nobody").errors(404);
    office.job(&job, "delete_import_job").data(200);
    office.job(&job, "get_import_job").errors(404);
    assert_eq!(office.find("").len(), 2);
}

#[test]
fn a_file_is_of_the_object_whose_columns_it_has() {
    let office = Office::new();
    let names = |operation: &str| {
        let got = office.tenant.call("data", operation).json(json!({})).send();
        column(got.data(200), "Name")
    };
    office.imported(
        "people.csv",
        "Name,FirstName,LastName,Account.Id\nAda Moss,Ada,Moss,A1\n",
    );
    assert_eq!(names("query_contacts"), ["Ada Moss"]);
    office.imported(
        "firms.csv",
        "Name,AnnualRevenue,IsActive,Phone\nAcme,5,TRUE,007\n",
    );
    assert_eq!(names("query_accounts"), ["Acme"]);
    let got = office.tenant.call("data", "list_accounts").send();
    let account = &got.data(200)[0];
    assert_eq!(
        (&account["AnnualRevenue"], &account["IsActive"]),
        (&json!(5), &json!(true))
    );
    assert_eq!(account["Phone"], "007");
    office.imported("Account.csv", "Name\nBolt\n");
    assert_eq!(names("query_accounts"), ["Acme", "Bolt"]);

    let job = office.imported("Account.csv", "Name,Colour\nCog,red\n");
    office.milliseconds_pass(1000);
    let got = office.job(&job, "get_import_job");
    assert_eq!(got.data(200)[0]["State"], "Failed");
    office.import("x.csv", "Colour,Size\nred,1\n").errors(400);
    office.import("x.csv", "").errors(400);
    office
        .import("x.csv", &format!("Name\n{}", "a\n".repeat(10_001)))
        .errors(400);
    let bad = office
        .call("create_import_job")
        .file("file", "x.csv", &b"Name\n\xff\n"[..]);
    bad.send().errors(400);
    office
        .call("create_import_job")
        .field("x", "y")
        .send()
        .errors(400);
}

#[test]
fn a_template_has_the_columns_of_its_object() {
    let office = Office::new();
    let template = |object: &str, format: &str| {
        let call = office.call("get_import_template").path("format", format);
        call.query("objectName", object).send()
    };
    let got = template("Agreement", "csv");
    let header = csv(got.data(200))[0].clone();
    assert!(
        header.starts_with("Name,ExternalId,RecordType,ContractCategory"),
        "{header}"
    );
    assert!(header.contains("Account.Id") && !header.contains("ContractNumber"));
    office.imported("filled.csv", &format!("{header}\nSupply,X1,MSA\n"));
    assert_eq!(office.find("ExternalId = 'X1'"), ["Supply"]);
    let got = template("Contact", "csv");
    let header = csv(got.data(200))[0].clone();
    assert!(
        header.contains("FirstName") && !header.contains("CreatedDate"),
        "{header}"
    );
    template("Nothing", "csv").errors(400);
    template("Contact", "xlsx").errors(400);
}
