//! Paths, cut into what matters for a name.

/// One piece of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    Literal(&'a str),
    Parameter,
}

/// A path below its base.
#[derive(Debug, Clone)]
pub(super) struct Route<'a> {
    /// The segment before the version, which tells apart the APIs of a service that has two (`filestore`,
    /// `cdnstore`).
    pub(super) api: &'a str,
    /// The version that ends the base, 1 where it names none.
    pub(super) version: u32,
    pub(super) segments: Vec<Segment<'a>>,
}

impl<'a> Route<'a> {
    /// Cuts a path. The base (`/api/cart/v1`, `/services/apexrest/Apttus_WebStore/apttus/v5`) ends with the first
    /// version segment; a path without one is taken whole.
    pub(super) fn parse(path: &'a str) -> Self {
        let all: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        let base = all
            .iter()
            .enumerate()
            .find_map(|(at, segment)| Some((at, version(segment)?)));
        let (api, version, below) = match base {
            Some((at, version)) => (
                at.checked_sub(1).map_or("", |before| all[before]),
                version,
                &all[at + 1..],
            ),
            None => ("", 1, all.as_slice()),
        };
        let segments = below
            .iter()
            .map(|segment| {
                if segment.starts_with('{') {
                    Segment::Parameter
                } else {
                    Segment::Literal(segment)
                }
            })
            .collect();
        Self {
            api,
            version,
            segments,
        }
    }
}

/// 2 for `v2`, none for a word.
pub(super) fn version(segment: &str) -> Option<u32> {
    segment.strip_prefix('v')?.parse().ok()
}

/// A path with its parameters blanked and its letters lowered: the same place, whatever its parameters are called.
pub(super) fn shape(segments: &[Segment<'_>]) -> String {
    let pieces: Vec<String> = segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => text.to_ascii_lowercase(),
            Segment::Parameter => "{}".to_owned(),
        })
        .collect();
    pieces.join("/")
}

/// True where an entry's service means this one: a name, one API of a service that has two (`file-store/cdnstore`), or a
/// beginning (`salesforce-*`).
pub(super) fn owns(owner: &str, service: &str, api: &str) -> bool {
    match (owner.strip_suffix('*'), owner.split_once('/')) {
        (Some(prefix), _) => service.starts_with(prefix),
        (None, Some((name, only))) => name == service && only == api,
        (None, None) => owner == service,
    }
}
