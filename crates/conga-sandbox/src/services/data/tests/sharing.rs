//! Sharing of single records.

use std::time::Duration;

use serde_json::{Value, json};

use crate::accounts::Accounts;
use crate::services::tenant::{Got, Tenant, USER};

/// An account that is shared in the tests.
const RECORD: &str = "record-1";

impl Tenant {
    fn sharing(&self, operation: &str, object: &str, body: Value) -> Got {
        let request = self.call("data", operation);
        let request = request.path("objectName", object).path("recordId", RECORD);
        if body.is_null() {
            request.send()
        } else {
            request.json(body).send()
        }
    }

    fn access_of(&self, user: &str) -> Value {
        let request = self.call("data", "get_record_access_level");
        let request = request
            .path("objectName", "Account")
            .path("recordId", RECORD);
        request.path("userId", user).send().data(200).clone()
    }

    fn status_of(&self, tracking_id: &str) -> Got {
        let request = self.call("data", "get_record_sharing_status");
        let request = request
            .path("objectName", "Account")
            .path("recordId", RECORD);
        request.path("trackingId", tracking_id).send()
    }
}

fn with_account() -> (Tenant, String) {
    let tenant = Tenant::empty();
    let body = json!({"Id": RECORD, "Name": "Acme"});
    tenant
        .call("data", "create_account")
        .json(body)
        .send()
        .data(201);
    (tenant, Accounts::default().integration.user_id)
}

fn user(id: &str, level: &str) -> Value {
    json!({"RecordShareType": "User", "UserId": id, "AccessLevel": level})
}

#[test]
fn a_record_is_shared_changed_and_taken_back() {
    let (tenant, ada) = with_account();
    let group = json!({"RecordShareType": "UserGroup", "UserGroupId": "group-1"});
    let body = json!({
        "RecordShareInfo": [user(&ada, "View"), group.clone()],
        "IsSendEmailNotification": true, "EmailMessage": "Have a look",
    });
    let shared = tenant.sharing("share_record", "Account", body);
    let tracked = shared.data(202).as_array().unwrap();
    assert_eq!(tracked.len(), 2);
    assert_eq!(tracked[0]["MemberId"], ada.as_str());
    assert_eq!(tracked[0]["MemberType"], "User");
    assert_eq!(tracked[0]["Status"], "STARTED");
    assert_eq!(tracked[0]["ShouldSendEmail"], true);
    assert_ne!(tracked[0]["TrackingId"], tracked[1]["TrackingId"]);

    let all = tenant.sharing("get_record_sharing_info", "Account", Value::Null);
    let all = all.data(200).as_array().unwrap();
    assert_eq!(all[0]["Name"], format!("{RECORD}_{ada}"));
    assert_eq!(all[0]["UserId"], ada.as_str());
    assert!(all[0]["UserGroupId"].is_null());
    assert_eq!(all[0]["ObjectId"], RECORD);
    assert_eq!(all[1]["UserGroupId"], "group-1");
    assert_eq!(all[1]["AccessLevel"], "View");

    let detail = |view: bool, edit: bool| json!({"View": view, "Edit": edit});
    assert_eq!(
        tenant.access_of(&ada)["RecordAccessDetail"],
        detail(true, false)
    );
    assert_eq!(tenant.access_of(&ada)["IsRecordShared"], true);
    let changed = tenant.sharing("update_record_access_level", "Account", user(&ada, "Edit"));
    assert_eq!(changed.data(200)["AccessLevel"], "Edit");
    assert_eq!(
        tenant.access_of(&ada)["RecordAccessDetail"],
        detail(true, true)
    );
    // Who made the record may do all with it, anybody else nothing.
    assert_eq!(
        tenant.access_of(USER)["RecordAccessDetail"],
        detail(true, true)
    );
    assert_eq!(tenant.access_of(USER)["IsRecordShared"], false);
    assert_eq!(
        tenant.access_of("nobody")["RecordAccessDetail"],
        detail(false, false)
    );

    let message = tenant.sharing("unshare_record", "Account", user(&ada, "View"));
    assert!(message.data(200).as_str().unwrap().contains(&ada));
    assert_eq!(
        tenant.access_of(&ada)["RecordAccessDetail"],
        detail(false, false)
    );
    tenant
        .sharing("unshare_record", "Account", user(&ada, "View"))
        .errors(400);
    tenant
        .sharing("update_record_access_level", "Account", user(&ada, "View"))
        .errors(400);
    tenant.sharing("unshare_record", "Account", group).data(200);
    let none = tenant.sharing("get_record_sharing_info", "Account", Value::Null);
    assert_eq!(none.data(200), &json!([]));
}

#[test]
fn sharing_again_changes_the_level() {
    let (tenant, ada) = with_account();
    for level in ["View", "Edit"] {
        let body = json!({"RecordShareInfo": [user(&ada, level)]});
        tenant.sharing("share_record", "Account", body).data(202);
    }
    let all = tenant.sharing("get_record_sharing_info", "Account", Value::Null);
    assert_eq!(all.data(200).as_array().unwrap().len(), 1);
    assert_eq!(all.data(200)[0]["AccessLevel"], "Edit");
}

#[test]
fn a_job_to_share_follows_the_clock() {
    let (tenant, ada) = with_account();
    let body = json!({"RecordShareInfo": [user(&ada, "View")]});
    let shared = tenant.sharing("share_record", "Account", body);
    let id = shared.data(202)[0]["TrackingId"].as_str().unwrap();
    for status in ["STARTED", "IN PROGRESS", "SUCCESS", "SUCCESS"] {
        assert_eq!(tenant.status_of(id).data(200)["Status"], status);
        tenant.world.clock.advance(Duration::from_millis(150));
    }
    assert!(tenant.status_of("other").errors(400)[0].contains("TrackingId"));
}

#[test]
fn who_and_what_is_shared_must_be_known() {
    let (tenant, ada) = with_account();
    for (infos, fault) in [
        (json!([]), "RecordShareInfo is required"),
        (json!([{"UserId": ada}]), "RecordShareType is required"),
        (
            json!([{"RecordShareType": "User", "UserGroupId": "x"}]),
            "UserId is required",
        ),
        (
            json!([{"RecordShareType": "UserGroup", "UserId": ada}]),
            "UserGroupId is required",
        ),
        (
            json!([user(&ada, "View"), user("nobody", "View")]),
            "no active user",
        ),
    ] {
        let got = tenant.sharing("share_record", "Account", json!({"RecordShareInfo": infos}));
        assert!(got.errors(400)[0].contains(fault), "{}", got.json);
    }
    let body = json!({"RecordShareInfo": [user(&ada, "View")]});
    for object in ["Contact", "Rack_c", "Nothing"] {
        let got = tenant.sharing("share_record", object, body.clone());
        assert!(got.errors(400)[0].starts_with("no "), "{}", got.json);
    }
    // Nothing of a refused request is kept.
    let none = tenant.sharing("get_record_sharing_info", "Account", Value::Null);
    assert_eq!(none.data(200), &json!([]));
}

#[test]
fn an_object_can_forbid_sharing() {
    let (tenant, ada) = with_account();
    let set = |shared: &str| {
        let request = tenant.call("schema-manager", "set_object_shared");
        let request = request
            .path("objectName", "Account")
            .path("isShared", shared);
        request.send().data(200);
    };
    set("false");
    let body = json!({"RecordShareInfo": [user(&ada, "View")]});
    let got = tenant.sharing("share_record", "Account", body.clone());
    assert!(got.errors(400)[0].contains("shared/true"), "{}", got.json);
    assert_eq!(
        tenant.access_of(&ada),
        json!({
            "IsSharingEnabled": false, "IsRecordShared": null,
            "RecordAccessDetail": {"View": true, "Edit": true},
        })
    );
    set("true");
    tenant.sharing("share_record", "Account", body).data(202);
}
