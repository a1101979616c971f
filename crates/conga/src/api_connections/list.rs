//! All connections.

use conga_api::{Call, CallOptions};

use super::ApiConnection;
use crate::{
    Error, Page, Pages, Position, RecordStream, Request, SortDirection,
    answer::OnePage,
    pages::{Draft, Place, Walk},
};

/// A list of connections that is being put together.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// let mut connections = client.api_connections().list().stream();
/// while let Some(connection) = connections.try_next().await? {
///     println!("{:?} {:?}: {:?}", connection.external_identifier, connection.api_type, connection.is_active);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before a page is asked for"]
pub struct ListApiConnections {
    call: Call,
    draft: Draft,
}

impl ListApiConnections {
    pub(super) fn new(call: Call) -> Self {
        Self {
            call,
            draft: Draft::default(),
        }
    }

    /// Connections a page. Default: the server's, which is not published.
    pub fn page_size(self, connections: u32) -> Self {
        self.with_query("pageSize", connections)
    }

    /// Sorts by a field, which must be indexed or sortable (published), such as `APIType`.
    pub fn sort(self, field: &str, direction: SortDirection) -> Self {
        self.with_query("sortField", field)
            .with_query("sortDirection", direction.short_word())
    }

    /// Goes on where a list like this one was left. It counts for [`pages`](Self::pages) and [`stream`](Self::stream).
    pub fn starting_at(mut self, position: Position) -> Self {
        self.draft.start_at(position);
        self
    }

    /// One page. Numbers count from 1 (assumed, as published for the Data service).
    ///
    /// # Errors
    ///
    /// [`Error::Call`].
    pub async fn page(&self, number: u32) -> Result<Page<ApiConnection>, Error> {
        Request::new::<OnePage<ApiConnection>>(self.at(number)).await
    }

    /// All pages, from the first, or from [`starting_at`](Self::starting_at).
    pub fn pages(self) -> Pages<ApiConnection> {
        let draft = self.draft.clone();
        let walk = Walk::new("API connections", Place::Number(1), move |at| {
            Request::new::<OnePage<ApiConnection>>(match at {
                Place::Number(number) => self.at(*number),
                Place::Offset(_) | Place::Cursor(_) => self.call.clone(),
            })
        });
        draft.pages(walk)
    }

    /// All connections, page after page.
    pub fn stream(self) -> RecordStream<ApiConnection> {
        self.pages().into()
    }

    fn at(&self, number: u32) -> Call {
        self.call.clone().query("pageNumber", number)
    }
}

impl CallOptions for ListApiConnections {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.call
    }
}
