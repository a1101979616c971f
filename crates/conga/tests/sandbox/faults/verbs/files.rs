//! Files of the File Store.

use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};

use super::{At, Verb, done, nothing, read, read_one};

/// The name of every file.
const NAME: &str = "note.txt";

pub(super) const VERBS: &[Verb] = &[
    Verb::new("files create", "file-store/upload_file", nothing, |at| {
        done(at.client.files().upload(&path(&at), "as spoken"))
    })
    .seen(files),
    Verb::new("files list", "file-store/list_file_names", file, |at| {
        let list = at.client.files().list(&at.word()).stream();
        read_one(&at, list.try_collect(), |_, file| {
            file.file_name.as_deref() == Some(NAME)
        })
    }),
    Verb::new(
        "files list of a folder",
        "file-store/list_folder",
        file,
        |at| {
            let list = at.client.files().list_folder(&at.word()).stream();
            read_one(&at, list.try_collect(), |_, entry| {
                entry.name.as_deref() == Some(NAME)
            })
        },
    ),
    Verb::new(
        "files share",
        "file-store/create_file_shared_uri",
        file,
        |at| {
            let hour = Duration::from_secs(3600);
            read(&at, at.client.files().share(&path(&at), hour), |_, link| {
                link.starts_with("http")
            })
        },
    ),
    Verb::new(
        "files create a folder",
        "file-store/create_folder",
        file,
        |at| {
            done(
                at.client
                    .files()
                    .create_folder(&format!("{}/old", at.word())),
            )
        },
    )
    .seen(|at| {
        async move {
            let list = at.client.files().list_folder(&at.word()).stream();
            let entries = list.try_collect().await.unwrap();
            entries.iter().filter(|entry| entry.is_folder()).count()
        }
        .boxed()
    }),
    Verb::new("files delete", "file-store/delete_file", file, |at| {
        done(at.client.files().delete(&path(&at)))
    })
    .seen(gone),
    Verb::new(
        "files delete many",
        "file-store/bulk_delete_files",
        file,
        |at| done(at.client.files().delete_many(&at.word(), [NAME])),
    )
    .seen(gone),
    Verb::new(
        "files empty a folder",
        "file-store/delete_folder_contents",
        file,
        |at| done(at.client.files().empty_folder(&at.word())),
    )
    .seen(gone),
    Verb::new(
        "an uploaded file's link",
        "file-store/create_file_shared_uri",
        nothing,
        |at| {
            // In parts, since a link is a call of its own only there.
            let content = vec![b'%'; 5 * 1024 * 1024 + 1];
            let upload = at.client.files().upload(&path(&at), content);
            let upload = upload.part_size(5 * 1024 * 1024);
            done(upload.shared_for(Duration::from_secs(3600)))
        },
    )
    .seen(files),
];

fn path(at: &At) -> String {
    format!("{}/{NAME}", at.word())
}

fn file(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        at.client
            .files()
            .upload(&path(&at), "as spoken")
            .await
            .unwrap();
        Vec::new()
    }
    .boxed()
}

/// How many files are in the folder of the name.
fn files(at: At) -> BoxFuture<'static, usize> {
    async move {
        let files = at.client.files().list(&at.word()).stream();
        files.try_collect().await.unwrap().len()
    }
    .boxed()
}

fn gone(at: At) -> BoxFuture<'static, usize> {
    async move { 1 - files(at).await }.boxed()
}
