//! Letters and their messages.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::*;
use crate::files::{self, FileName};
use crate::services::tenant::Tenant;

fn draft() -> Draft {
    Draft {
        from: MailAddress::new("sales@meridian.example", Some("Sales".to_owned())),
        to: vec![MailAddress::new("ann@customer.example", None)],
        subject: "Your quote".to_owned(),
        text: "Here it is.".to_owned(),
        ..Draft::default()
    }
}

fn refusal(tenant: &Tenant, draft: Draft) -> (u16, String) {
    let sealed = tenant.world.store.read(|tx| draft.seal(tx).map(|_| ()));
    let refusal = sealed.unwrap_err().into_refusal();
    (refusal.status.as_u16(), refusal.messages.join("; "))
}

fn send_draft(tenant: &Tenant, draft: Draft) -> Mail {
    let call = tenant
        .call("email", "send_email")
        .json(json!({}))
        .into_call();
    let ids = send(&tenant.world, &call, |session| {
        Ok(vec![draft.seal(session.tx)?])
    });
    find(&tenant.world, &ids.unwrap()[0]).unwrap().unwrap()
}

#[test]
fn an_address_is_one_that_mail_can_go_to() {
    for good in [
        "ann@customer.example",
        " ann@customer.example ",
        "ann+quotes@customer.example",
        "o'neill@customer.example",
        "\"ann lee\"@customer.example",
        "ann@localhost",
        "ann@müller.example",
        "ann@[127.0.0.1]",
    ] {
        check_address("To", good).unwrap();
    }
    let long = format!("{}@customer.example", "a".repeat(65));
    for bad in [
        "",
        "ann",
        "@customer.example",
        "ann@",
        "ann@@customer.example",
        "ann lee@customer.example",
        "ann@customer..example",
        "ann@customer example",
        "ann@customer.example\r\nBcc: eve@evil.example",
        "ann@customer.example\n",
        "ann@customer.example>, <eve@evil.example",
        "\"ann\0\"@customer.example",
        "änn@customer.example",
        &long,
    ] {
        let failure = check_address("To", bad).unwrap_err();
        let message = failure.messages().join("; ");
        assert!(message.starts_with("To: '"), "{bad}: {message}");
        assert!(
            !message.contains('\r') && !message.contains('\n'),
            "{message}"
        );
    }
}

#[test]
fn nothing_gets_into_the_headers_but_what_belongs_there() {
    let tenant = Tenant::empty();
    let header = |name: &str, value: &str| Draft {
        headers: [(name.to_owned(), value.to_owned())].into(),
        ..draft()
    };
    let cases = [
        Draft {
            subject: "Hello\r\nBcc: eve@evil.example".to_owned(),
            ..draft()
        },
        Draft {
            subject: "Hello\0".to_owned(),
            ..draft()
        },
        Draft {
            from: MailAddress::new("a@b.example", Some("A\nBcc: eve@evil.example".to_owned())),
            ..draft()
        },
        Draft {
            cc: vec![MailAddress::new("a@b.example", Some("A\r".to_owned()))],
            ..draft()
        },
        Draft {
            reply_to: vec![MailAddress::new("a@b\n.example", None)],
            ..draft()
        },
        header("X-Order", "7\r\nBcc: eve@evil.example"),
        header("X-Order\r\nBcc", "eve@evil.example"),
        header("X Order", "7"),
        header("X-Größe", "7"),
        header("", "7"),
        header("bcc", "eve@evil.example"),
        header("Content-Type", "text/html"),
    ];
    for case in cases {
        let shown = format!("{case:?}");
        let (status, message) = refusal(&tenant, case);
        assert_eq!(status, 400, "{shown}");
        assert!(!message.contains(['\r', '\n', '\0']), "{message}");
    }
}

#[test]
fn a_mail_has_recipients_and_its_size_a_limit() {
    let tenant = Tenant::empty();
    let nobody = Draft {
        to: Vec::new(),
        ..draft()
    };
    assert_eq!(refusal(&tenant, nobody).0, 400);
    let crowd = (0..1_001).map(|n| MailAddress::new(format!("a{n}@b.example"), None));
    let crowd = Draft {
        bcc: crowd.collect(),
        ..draft()
    };
    assert!(refusal(&tenant, crowd).1.contains("at most 1000"));
    let large = Draft {
        text: "x".repeat(30 * 1024 * 1024 + 1),
        ..draft()
    };
    assert_eq!(refusal(&tenant, large).0, 413);
    let long = Draft {
        subject: "x".repeat(999),
        ..draft()
    };
    assert_eq!(refusal(&tenant, long).0, 400);
}

#[test]
fn names_that_are_hard_to_write_make_a_message() {
    let tenant = Tenant::empty();
    for name in [
        "Müller & Söhne <GmbH>",
        "Lee, Ann \"The Pen\" O'Neill \\ Co.",
        "a@b.example",
        "=?utf-8?q?Eve?=",
        "  spaced  ",
        "Łódź 9",
        "💌",
        "()<>@,;:\\\".[]",
    ] {
        let mail = send_draft(
            &tenant,
            Draft {
                from: MailAddress::new("sales@meridian.example", Some(name.to_owned())),
                to: vec![MailAddress::new(
                    "ann@customer.example",
                    Some(name.to_owned()),
                )],
                subject: name.to_owned(),
                ..draft()
            },
        );
        let raw = std::str::from_utf8(&mail.raw).unwrap();
        assert!(raw.is_ascii(), "{raw}");
        let (head, _) = raw.split_once("\r\n\r\n").unwrap();
        for line in head.split("\r\n") {
            let is_header = line.split_once(": ").is_some_and(|(name, _)| {
                name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
            });
            assert!(is_header || line.starts_with(' '), "{name}: {head}");
        }
    }
}

#[test]
fn the_message_is_the_same_each_time() {
    let tenant = Tenant::empty();
    let file = tenant.world.store.write(|tx| {
        let name = FileName::new("größe.bin").unwrap();
        files::add(tx, &name, Some("application/x-thing"), b"\0\r\n\xff")
    });
    let mail = send_draft(
        &tenant,
        Draft {
            html: Some("<p>Here it is.</p>".to_owned()),
            bcc: vec![
                MailAddress::new("Ann@Customer.example", None),
                MailAddress::new("b@c.example", None),
            ],
            importance: Importance::High,
            headers: [("X-Order".to_owned(), "7".to_owned())].into(),
            attachments: vec![file.unwrap().id],
            ..draft()
        },
    );
    let raw = String::from_utf8(mail.raw.to_vec()).unwrap();
    for line in [
        "From: Sales <sales@meridian.example>",
        "Date: Sun, 01 Mar 2026 09:30:00 +0000",
        "X-Priority: 1",
        "X-Order: 7",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: application/x-thing",
    ] {
        assert!(raw.contains(&format!("{line}\r\n")), "{line}: {raw}");
    }
    assert!(!raw.contains("b@c.example"));
    let again = find(&tenant.world, &mail.id).unwrap().unwrap();
    assert_eq!(again.raw, mail.raw);
    assert_eq!(mail.attachments[0].content, b"\0\r\n\xff".as_slice());
    let recipients: Vec<&str> = mail
        .deliveries
        .iter()
        .map(|delivery| delivery.recipient.as_str())
        .collect();
    assert_eq!(recipients, ["ann@customer.example", "b@c.example"]);
}

#[test]
fn a_clock_far_away_is_no_trouble() {
    for date in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        let date = DateTime::parse_from_rfc3339(date).unwrap().to_utc();
        let message = message::compose("id", date, &draft(), Vec::new());
        assert!(!message.unwrap().formatted().is_empty());
    }
    let message = message::compose("id", DateTime::<Utc>::MAX_UTC, &draft(), Vec::new());
    assert!(!message.unwrap().formatted().is_empty());
}

#[test]
fn an_emptied_mailbox_keeps_no_files() {
    let tenant = Tenant::empty();
    let file = tenant
        .world
        .store
        .write(|tx| files::add(tx, &FileName::new("a.txt").unwrap(), None, b"a"));
    let file = file.unwrap();
    send_draft(
        &tenant,
        Draft {
            attachments: vec![file.id.clone()],
            ..draft()
        },
    );
    assert_eq!(all(&tenant.world).unwrap().len(), 1);
    clear(&tenant.world).unwrap();
    assert!(all(&tenant.world).unwrap().is_empty());
    let left = tenant.world.store.read(|tx| files::find(tx, &file.id));
    assert!(left.unwrap().is_none());
}
