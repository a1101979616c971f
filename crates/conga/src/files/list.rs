//! What is in a folder, and what is known of a file.

use conga_api::{Call, CallOptions, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error, Page, Pages, Position, Record, RecordStream, Request,
    answer::{OneRecord, Rows},
    pages::{Draft, Place, Walk},
    request::Shape,
};

/// What is known of a file: the published schema `FileInfo`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct FileInfo {
    /// The name.
    pub file_name: Option<String>,
    /// The path of the folder.
    pub file_path: Option<String>,
    /// The length in bytes.
    pub file_size: Option<u64>,
    /// The media type.
    pub content_type: Option<String>,
    /// When it was uploaded.
    pub modified_date: Option<Timestamp>,
    /// Its tags.
    pub file_tags: Option<Record>,
    /// Whatever else the platform tells.
    #[serde(flatten)]
    pub other: Record,
}

/// A file or a folder in a folder: the published schema `FolderContentInfo`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct FolderEntry {
    /// The name.
    pub name: Option<String>,
    /// `Folder` or `File`.
    #[serde(rename = "Type")]
    pub kind: Option<String>,
    /// When it changed last.
    pub modified_date: Option<Timestamp>,
    /// The length of a file in bytes.
    pub size: Option<u64>,
    /// Whatever else the platform tells.
    #[serde(flatten)]
    pub other: Record,
}

impl FolderEntry {
    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.kind.as_deref() == Some("Folder")
    }
}

/// A list of files that is being put together.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before a page is asked for"]
pub struct ListFiles {
    call: Call,
    draft: Draft,
}

/// A list of files and folders that is being put together.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before a page is asked for"]
pub struct ListFolder {
    call: Call,
    query: FolderQuery,
    draft: Draft,
}

/// The published schema `GetFolderContentsRequest`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FolderQuery {
    folder_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<String>,
}

impl ListFiles {
    pub(super) fn new(call: Call) -> Self {
        Self {
            call,
            draft: Draft::default(),
        }
    }

    /// Files a page. Default: the server's.
    pub fn page_size(self, files: u32) -> Self {
        self.with_query("maxFiles", files)
    }

    /// Tells the tags of the files too.
    pub fn with_tags(self) -> Self {
        self.with_query("includeFileTags", true)
    }

    /// Goes on where a list like this one was left. It counts for [`pages`](Self::pages) and [`stream`](Self::stream).
    pub fn starting_at(mut self, position: Position) -> Self {
        self.draft.start_at(position);
        self
    }

    /// The first page.
    ///
    /// # Errors
    ///
    /// [`Error::Call`].
    pub async fn page(&self) -> Result<Page<FileInfo>, Error> {
        Request::new::<Listed<FileInfo>>(self.call.clone()).await
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<FileInfo> {
        let Self { call, draft } = self;
        let walk = Walk::new("files", Place::Offset(0), move |at| {
            Request::new::<Listed<FileInfo>>(match at {
                Place::Cursor(token) => call.clone().query("continuationToken", token),
                Place::Number(_) | Place::Offset(_) => call.clone(),
            })
        });
        draft.pages(walk.without_skipping())
    }

    /// All files, page after page.
    pub fn stream(self) -> RecordStream<FileInfo> {
        self.pages().into()
    }
}

impl ListFolder {
    pub(super) fn new(call: Call, parent: &str) -> Self {
        let query = FolderQuery {
            folder_path: parent.to_owned(),
            page_size: None,
            continuation_token: None,
        };
        Self {
            call: call.json(&query),
            query,
            draft: Draft::default(),
        }
    }

    /// Entries a page, 100 at most (published). Default: the server's.
    pub fn page_size(mut self, entries: u32) -> Self {
        self.query.page_size = Some(entries);
        self.call = self.call.json(&self.query);
        self
    }

    /// Goes on where a list like this one was left. It counts for [`pages`](Self::pages) and [`stream`](Self::stream).
    pub fn starting_at(mut self, position: Position) -> Self {
        self.draft.start_at(position);
        self
    }

    /// The first page.
    ///
    /// # Errors
    ///
    /// [`Error::Call`].
    pub async fn page(&self) -> Result<Page<FolderEntry>, Error> {
        Request::new::<Listed<FolderEntry>>(self.call.clone()).await
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<FolderEntry> {
        let Self { call, query, draft } = self;
        let walk = Walk::new("folder entries", Place::Offset(0), move |at| {
            let mut query = query.clone();
            if let Place::Cursor(token) = at {
                query.continuation_token = Some(token.clone());
            }
            Request::new::<Listed<FolderEntry>>(call.clone().json(&query))
        });
        draft.pages(walk.without_skipping())
    }

    /// All entries, page after page.
    pub fn stream(self) -> RecordStream<FolderEntry> {
        self.pages().into()
    }
}

impl CallOptions for ListFiles {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

impl CallOptions for ListFolder {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}

/// An envelope round a page that has its token beside the entries: the published schemas `GetFileNamesResponse` and
/// `GetFolderContentsResponse`.
#[derive(Deserialize)]
#[serde(transparent, bound = "T: DeserializeOwned")]
struct Listed<T>(OneRecord<Listing<T>>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "T: DeserializeOwned")]
struct Listing<T> {
    #[serde(alias = "FilesInfo", alias = "Contents")]
    entries: Option<Rows<T>>,
    is_truncated: Option<bool>,
    continuation_token: Option<String>,
}

impl<T: DeserializeOwned + Send + 'static> Shape for Listed<T> {
    type Value = Page<T>;

    fn into_value(self) -> Page<T> {
        let listing = self.0.into_value();
        Page {
            has_more: listing.is_truncated,
            next_cursor: listing.continuation_token.filter(|token| !token.is_empty()),
            ..Page::of(listing.entries.unwrap_or_default())
        }
    }
}
