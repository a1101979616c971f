//! The Email service.

mod sending;
mod statuses;
mod templates;

use serde_json::{Value, json};

use crate::mail::{self, Mail};
use crate::services::data::seed;
use crate::services::tenant::{Request, Tenant};

/// A tenant with demo data, and its mailbox.
struct Office(Tenant);

impl Office {
    fn new() -> Self {
        Self(Tenant::demo())
    }

    fn on(&self, operation: &str) -> Request<'_> {
        self.0.call("email", operation)
    }

    /// The mails in the mailbox.
    fn mails(&self) -> Vec<Mail> {
        mail::all(&self.0.world).unwrap()
    }

    /// The id of the category of the demo data.
    fn category(&self) -> Value {
        let got = self.on("list_email_template_categories").send();
        got.data(200)["EmailTemplateCategories"][0]["Id"].clone()
    }

    /// Creates a template with these fields beside what every template needs; gives its id.
    fn template(&self, fields: Value) -> String {
        let mut template = json!({
            "Name": "Greeting", "TemplateType": "Text", "Subject": "Hello {{Name}}", "Body": "Hello {{Name}}",
            "AccessType": "Private", "EmailTemplateCategory": {"Id": self.category()},
        });
        for (name, value) in fields.as_object().unwrap() {
            template[name] = value.clone();
        }
        let got = self.on("create_email_template").json(template).send();
        text(&got.data(200)["Id"])
    }

    /// A file of the File Store; gives its path.
    fn stored(&self, name: &str, content: &'static [u8]) -> String {
        self.0
            .call("file-store", "upload_file")
            .path("filePath", "outbox")
            .path("fileName", name)
            .file("file", name, content)
            .send()
            .data(200);
        format!("outbox/{name}")
    }

    /// A document of Document Management; gives its id and its version's.
    fn document(&self, name: &str, content: &'static [u8]) -> (String, String) {
        let upload = self.0.call("document-management", "upload_document");
        let got = upload.file("file", name, content).send();
        let data = got.data(200);
        (text(&data["DocumentId"]), text(&data["Id"]))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The id of Amara Okafor of Northwind Biologics.
fn amara() -> String {
    seed::id("Contact", 0)
}
