//! Files of the File Store, by their paths.
//!
//! | room | what lives there |
//! |---|---|
//! | `path` | how the calls name folders and files |
//! | `upload` | bringing a file |
//! | `list` | what is in a folder, and what is known of a file |
//! | `emptying` | emptying a folder, which takes its time |

mod emptying;
mod list;
mod path;
mod upload;

use std::{fmt, time::Duration};

use conga_api::{
    Call, Transport,
    operations::{Operation, file_store as operations},
};
use serde::Deserialize;
use serde_json::json;

use emptying::Tracked;
pub use emptying::{FolderOperation, FolderState};
pub use list::{FileInfo, FolderEntry, ListFiles, ListFolder};
pub use upload::{ResumeUpload, StoredFile, UploadFile, UploadPlace};

use crate::{
    Content, Download, Request, UploadState,
    answer::{Done, OneRecord, YesOrNo},
    poller::Work,
    request::Shape,
};
pub(crate) use path::FilePath;
use path::FolderPath;

/// The files of the File Store. They have no versions and belong to no record: a path names them, `quotes/2026/offer.pdf`.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::Content;
/// use std::time::Duration;
///
/// let files = client.files();
/// let stored = files
///     .upload("quotes/2026/offer.pdf", Content::file("offer.pdf"))
///     .shared_for(Duration::from_secs(3600))
///     .await?;
/// println!("{:?}", stored.shared_uri);
///
/// files.download("quotes/2026/offer.pdf").save("copy.pdf").await?;
/// files.zip("quotes/2026", ["offer.pdf", "terms.pdf"]).save("quotes.zip").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Files {
    transport: Transport,
}

/// What the File Store takes: the published schema `FileLimits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FileLimits {
    /// The longest file that goes at once, in KB.
    #[serde(rename = "MaxPayloadSizeKB")]
    pub max_payload_kb: Option<u64>,
    /// The shortest part of a longer one, the last excepted, in KB.
    #[serde(rename = "MinFilePartSizeKB")]
    pub min_part_kb: Option<u64>,
}

impl Files {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Uploads a file to this path. One that is there is taken to be replaced (assumed).
    pub fn upload(&self, path: &str, content: impl Into<Content>) -> UploadFile {
        UploadFile::new(&self.transport, FilePath::new(path), content.into())
    }

    /// Goes on with an upload whose [state](UploadFile::on_state) was stored, maybe by another process.
    ///
    /// The content is given anew, from its beginning. Parts that are over and have the same content are not sent again.
    pub fn resume_upload(
        &self,
        state: UploadState<UploadPlace>,
        content: impl Into<Content>,
    ) -> ResumeUpload {
        ResumeUpload::new(&self.transport, state, content.into())
    }

    /// Gives up an upload whose state was stored, and takes away the parts that are over.
    pub fn abort_upload(&self, state: &UploadState<UploadPlace>) -> Request<()> {
        Request::new::<Done>(crate::transfer::InParts::abort(
            &state.place,
            &self.transport,
        ))
    }

    /// What may be uploaded.
    pub fn limits(&self) -> Request<FileLimits> {
        Request::new::<OneRecord<FileLimits>>(self.call(&operations::GET_FILE_LIMITS))
    }

    /// The file at this path.
    pub fn download(&self, path: &str) -> Download {
        Download::new(self.at(&operations::DOWNLOAD_FILE, path))
    }

    /// Several files of a folder, as one ZIP archive. Without a name, all files of the folder are taken to be meant (assumed).
    pub fn zip<S: AsRef<str>>(&self, folder: &str, names: impl IntoIterator<Item = S>) -> Download {
        let names: Vec<String> = names
            .into_iter()
            .map(|name| name.as_ref().to_owned())
            .collect();
        let call = self
            .call(&operations::DOWNLOAD_FILES)
            .path("filePath", FolderPath::new(folder).in_path());
        Download::new(call.query_each("fileNames", names))
    }

    /// What is known of a file. Where there is none, the error [is "not found"](crate::Error::is_not_found).
    pub fn info(&self, path: &str) -> Request<FileInfo> {
        Request::new::<OneRecord<FileInfo>>(self.at(&operations::GET_FILE_INFO, path))
    }

    /// Whether there is a file at this path.
    pub fn exists(&self, path: &str) -> Request<bool> {
        Request::new::<YesOrNo>(self.at(&operations::CHECK_FILE_EXISTS, path))
    }

    /// Lists the files of a folder, without those of the folders in it.
    pub fn list(&self, folder: &str) -> ListFiles {
        let call = self.call(&operations::LIST_FILE_NAMES);
        ListFiles::new(call.path("filePath", FolderPath::new(folder).in_path()))
    }

    /// Lists the files and the folders of a folder. The root has no name, so it cannot be listed.
    pub fn list_folder(&self, folder: &str) -> ListFolder {
        let folder = FolderPath::new(folder);
        let (parent, name) = folder.split();
        let call = self.call(&operations::LIST_FOLDER).path("folderName", name);
        ListFolder::new(call, parent)
    }

    /// A link by which anybody can read the file for so long, without signing in.
    pub fn share(&self, path: &str, lifetime: Duration) -> Request<String> {
        let path = FilePath::new(path);
        Request::new::<Link>(self.call(&operations::CREATE_FILE_SHARED_URI).json(&json!({
            "FileName": path.name,
            "FilePath": path.folder,
            "TTLSeconds": lifetime.as_secs_f64(),
            "Protocol": "HTTPS",
        })))
    }

    /// Makes a folder. The one that it is in must be there (published).
    pub fn create_folder(&self, folder: &str) -> Request<()> {
        let folder = FolderPath::new(folder);
        let (parent, name) = folder.split();
        let body = json!({"FolderPath": parent, "FolderName": name});
        Request::new::<Done>(self.call(&operations::CREATE_FOLDER).json(&body))
    }

    /// Deletes a file.
    pub fn delete(&self, path: &str) -> Request<()> {
        let path = FilePath::new(path);
        let body = json!({"FilePath": path.folder, "FileName": path.name});
        Request::new::<Done>(self.call(&operations::DELETE_FILE).json(&body))
    }

    /// Deletes several files of a folder. Those that are not there do not keep the others (published).
    pub fn delete_many<S: AsRef<str>>(
        &self,
        folder: &str,
        names: impl IntoIterator<Item = S>,
    ) -> Request<()> {
        let names: Vec<String> = names
            .into_iter()
            .map(|name| name.as_ref().to_owned())
            .collect();
        let body = json!({"FilePath": FolderPath::new(folder).as_str(), "FileNames": names});
        Request::new::<Done>(self.call(&operations::BULK_DELETE_FILES).json(&body))
    }

    /// Deletes everything in a folder, folders in it too. It takes its time; awaiting this waits until it is done.
    pub fn empty_folder(&self, folder: &str) -> Work<FolderOperation> {
        let folder = FolderPath::new(folder);
        let (parent, name) = folder.split();
        let body = json!({"FolderPath": parent, "FolderName": name});
        let call = self.call(&operations::DELETE_FOLDER_CONTENTS).json(&body);
        Work::new(self.transport.clone(), Request::new::<Tracked>(call))
    }

    fn at(&self, operation: &'static Operation, path: &str) -> Call {
        FilePath::new(path).fill(self.call(operation))
    }

    fn call(&self, operation: &'static Operation) -> Call {
        Call::new(&self.transport, operation)
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}

/// The published schema `FileSharedURIResponse`, in its envelope.
#[derive(Deserialize)]
#[serde(transparent)]
struct Link(OneRecord<SharedFile>);

#[derive(Deserialize)]
struct SharedFile {
    #[serde(rename = "SharedURI")]
    shared_uri: String,
}

impl Shape for Link {
    type Value = String;

    fn into_value(self) -> String {
        self.0.into_value().shared_uri
    }
}
