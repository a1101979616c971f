//! Documents of Document Management.

use conga::{Criteria, documents::DocumentVersion};
use futures_util::future::{BoxFuture, FutureExt};

use super::{At, Verb, document, documents_of, done, nothing, read, read_one, uploaded};

/// The shortest part that is taken.
const PART: usize = 5 * 1024 * 1024;

pub(super) const VERBS: &[Verb] = &[
    Verb::new(
        "document metadata create (with the document)",
        "document-management/upload_document",
        nothing,
        |at| {
            let upload = at.client.documents().upload("note.txt", "as spoken");
            done(upload.attached_to("Account", at.name))
        },
    )
    .seen(documents_of)
    .stands_for(&["document information of a contract create (with the document)"]),
    Verb::new(
        "a document uploaded in parts: the beginning",
        "document-management/start_multipart_upload",
        nothing,
        in_parts,
    )
    .seen(whole_documents_of),
    Verb::new(
        "a document uploaded in parts: a part",
        "document-management/upload_document_part",
        nothing,
        in_parts,
    )
    .seen(whole_documents_of),
    Verb::new(
        "a document uploaded in parts: the end",
        "document-management/complete_multipart_upload",
        nothing,
        in_parts,
    )
    .seen(whole_documents_of),
    Verb::new(
        "a document uploaded in parts: what came of it",
        "document-management/list_document_versions",
        nothing,
        in_parts,
    )
    .seen(whole_documents_of),
    Verb::new(
        "document metadata get",
        "document-management/get_document_metadata",
        document,
        |at| read(&at, at.client.documents().latest(at.id()), is_it),
    )
    .stands_for(&[
        "document metadata list of a record",
        "document metadata list of versions",
        "document metadata look whether it exists",
        "files get",
        "files look whether it exists",
        "files limits",
    ]),
    Verb::new(
        "document metadata query",
        "document-management/search_documents",
        document,
        |at| {
            let named = Criteria::eq("Name", format!("{}.txt", at.word()));
            let search = at.client.documents().search().criteria(named);
            read_one(&at, search.stream().try_collect(), is_it)
        },
    ),
    Verb::new(
        "document metadata update",
        "document-management/update_document_metadata",
        document,
        |at| done(at.client.documents().edit(at.id()).description("reviewed")),
    )
    .seen(|at| {
        latest(at, |document| {
            document.description.as_deref() == Some("reviewed")
        })
    }),
    Verb::new(
        "document metadata check out",
        "document-management/update_document_metadata",
        document,
        |at| done(at.client.documents().check_out(at.id(), "ann")),
    )
    .seen(|at| {
        latest(at, |document| {
            document.checkout_by.as_deref() == Some("ann")
        })
    }),
    Verb::new(
        "document metadata check in",
        "document-management/update_document_metadata",
        |at| {
            async move {
                let ids = uploaded(&at, "as spoken").await;
                let documents = at.client.documents();
                documents.check_out(&ids[0], "ann").await.unwrap();
                ids
            }
            .boxed()
        },
        |at| done(at.client.documents().check_in(at.id())),
    )
    .seen(|at| latest(at, |document| document.checkout_by.is_none())),
    Verb::new(
        "document metadata duplicate",
        "document-management/clone_document",
        document,
        |at| done(at.client.documents().duplicate(at.id())),
    )
    .seen(|at| {
        async move {
            let named = Criteria::eq("Name", format!("{}.txt", at.word()));
            let search = at.client.documents().search().criteria(named);
            search.stream().try_collect().await.unwrap().len() - 1
        }
        .boxed()
    }),
    Verb::new(
        "document metadata delete",
        "document-management/delete_document",
        document,
        |at| done(at.client.documents().delete(at.id())),
    )
    .seen(gone)
    .stands_for(&["document metadata delete for good"]),
    Verb::new(
        "document metadata delete many",
        "document-management/delete_documents",
        document,
        |at| done(at.client.documents().delete_many([at.id()])),
    )
    .seen(gone),
    Verb::new(
        "document metadata delete a version",
        "document-management/delete_document_version",
        |at| {
            async move {
                let mut ids = uploaded(&at, "as spoken").await;
                let upload = at.client.documents().upload("note.txt", "as written");
                ids[1] = upload.version_of(&ids[0]).await.unwrap().id;
                ids
            }
            .boxed()
        },
        |at| done(at.client.documents().delete_version(at.id(), at.other_id())),
    )
    .seen(|at| {
        async move {
            let latest = at.client.documents().latest(at.id()).await.unwrap();
            usize::from(latest.id != at.other_id())
        }
        .boxed()
    }),
    Verb::new(
        "documents as PDF get",
        "document-management/download_document",
        |at| {
            async move {
                let upload = at.client.documents().upload("note.txt", text());
                vec![upload.await.unwrap().id]
            }
            .boxed()
        },
        |at| {
            // Its length is the only sign of a file that a gateway cut short.
            let download = at.client.documents().download(at.id());
            let download = download.expect_length(text().len() as u64);
            read(&at, download.bytes(), |_, bytes| *bytes == text())
        },
    )
    .stands_for(&["files download", "files download as ZIP"]),
];

/// What is downloaded: more than a gateway sends at once.
fn text() -> Vec<u8> {
    b"as spoken".repeat(100)
}

/// Whether this is the version that was prepared.
fn is_it(at: &At, version: &DocumentVersion) -> bool {
    (version.document_id.as_str(), version.id.as_str()) == (at.id(), at.other_id())
}

/// Uploads a document in two parts.
fn in_parts(at: At) -> BoxFuture<'static, Result<(), conga::Error>> {
    let upload = at
        .client
        .documents()
        .upload("scan.pdf", vec![b'%'; PART + 1]);
    done(upload.part_size(PART).attached_to("Account", at.name))
}

/// How many documents of the account can be downloaded.
fn whole_documents_of(at: At) -> BoxFuture<'static, usize> {
    async move {
        let documents = at.client.documents();
        let listed = documents.of_record("Account", &at.name).await.unwrap();
        let mut whole = 0;
        for document in listed.records {
            let content = documents.download(&document.id).bytes().await;
            whole += usize::from(content.is_ok_and(|content| content.len() == PART + 1));
        }
        whole
    }
    .boxed()
}

fn latest(at: At, is_so: fn(&DocumentVersion) -> bool) -> BoxFuture<'static, usize> {
    async move {
        let latest = at.client.documents().latest(at.id()).await;
        usize::from(is_so(&latest.unwrap()))
    }
    .boxed()
}

fn gone(at: At) -> BoxFuture<'static, usize> {
    async move { usize::from(!at.client.documents().exists(at.id()).await.unwrap()) }.boxed()
}
