//! Documents from templates and data.

use conga::{Criteria, composer::OutputFormat};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::json;

use super::{At, Verb, document, done, uploaded};

pub(super) const VERBS: &[Verb] = &[
    Verb::new(
        "documents as PDF generate: the wait for it",
        "ingress/get_job",
        template,
        |at| {
            let merge = at.client.composer().merge(at.id(), &json!({"Name": "Ann"}));
            done(
                merge
                    .file_name("made")
                    .for_record("Contact", at.name)
                    .to(OutputFormat::Txt),
            )
        },
    )
    .impatient()
    .uncounted()
    .seen(made),
    Verb::new(
        "documents as PDF generate",
        "ingress/generate_documents",
        template,
        |at| {
            let merge = at.client.composer().merge(at.id(), &json!({"Name": "Ann"}));
            done(merge.for_record("Contact", at.name).to(OutputFormat::Txt))
        },
    )
    .seen(made),
    Verb::new(
        "documents generated, one a row",
        "ingress/generate_documents",
        template,
        |at| {
            let rows = [json!({"Name": "Ann"})];
            let merge = at.client.composer().merge_each(at.id(), &rows);
            let merge = merge
                .file_name(format!("made {}", at.word()))
                .to(OutputFormat::Txt);
            done(async move { merge.await.complete() })
        },
    )
    .seen(converted)
    .stands_for(&["documents as PDF generate of many contracts"]),
    Verb::new(
        "documents as PDF convert",
        "ingress/convert_documents",
        document,
        |at| {
            let convert = at.client.composer().convert(at.other_id());
            done(convert.file_name(format!("made {}", at.word())).to_pdf())
        },
    )
    .seen(converted)
    .stands_for(&["documents as PDF protect", "contracts import many"]),
    Verb::new(
        "documents as PDF join",
        "ingress/join_documents",
        document,
        |at| {
            let join = at.client.composer().join([at.other_id(), at.other_id()]);
            done(join.file_name(format!("made {}", at.word())).to_pdf())
        },
    )
    .seen(converted),
];

fn template(at: At) -> BoxFuture<'static, Vec<String>> {
    async move { uploaded(&at, "Dear {{Name}}").await }.boxed()
}

/// How many documents were made for the contact that has the name for its id.
fn made(at: At) -> BoxFuture<'static, usize> {
    async move {
        let documents = at.client.documents().of_record("Contact", &at.name).await;
        documents.unwrap().records.len()
    }
    .boxed()
}

/// How many documents were made under the name.
fn converted(at: At) -> BoxFuture<'static, usize> {
    async move {
        let named = Criteria::like("Name", format!("made {}%", at.word()));
        let search = at.client.documents().search().criteria(named);
        search.stream().try_collect().await.unwrap().len()
    }
    .boxed()
}
