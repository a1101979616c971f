//! From a method and a path to an operation.
//!
//! A tree of path segments over all services. Literal segments win over parameters, matching is
//! case-sensitive, and of two operations with one method and path the first service wins. A literal
//! path without the method gives way to a parameter that has it, as routers of the platform's kind do:
//! `DELETE /carts/active` is `DELETE /carts/{id}` where only `GET /carts/active` is published.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use super::{PathParams, Route, RouteId};

/// What stands at a method and path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An operation, with the path's parameters.
    Operation(RouteId, PathParams),
    /// The path is known with these methods only.
    OtherMethods(Vec<&'static str>),
    /// No operation has this path.
    Nothing,
}

/// The tree of all paths.
#[derive(Debug, Default)]
pub(super) struct Router {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<&'static str, Node>,
    parameter: Option<Box<Node>>,
    leaves: Vec<Leaf>,
}

#[derive(Debug)]
struct Leaf {
    id: RouteId,
    route: &'static Route,
}

impl Router {
    /// Adds a route. An earlier one with the same method and path shadows it.
    pub(super) fn insert(&mut self, route: &'static Route, id: RouteId) {
        let mut node = &mut self.root;
        for segment in segments(route.path) {
            node = if parameter_name(segment).is_some() {
                node.parameter.get_or_insert_default()
            } else {
                node.literals.entry(segment).or_default()
            };
        }
        node.leaves.push(Leaf { id, route });
    }

    /// Finds the operation for a path as sent, percent-encoded and without a query.
    pub(super) fn find(&self, method: &str, path: &str) -> Found {
        let Some(decoded) = segments(path)
            .map(|segment| percent_decode_str(segment).decode_utf8().ok())
            .collect::<Option<Vec<_>>>()
        else {
            return Found::Nothing;
        };
        let mut nodes = Vec::new();
        self.root.collect(&decoded, &mut nodes);

        let leaves = || nodes.iter().flat_map(|node| &node.leaves);
        if let Some(leaf) = leaves().find(|leaf| leaf.route.method == method) {
            let params = segments(leaf.route.path)
                .zip(&decoded)
                .filter_map(|(template, value)| {
                    Some((parameter_name(template)?.to_owned(), value.to_string()))
                })
                .collect();
            return Found::Operation(leaf.id, params);
        }
        let mut methods: Vec<_> = leaves().map(|leaf| leaf.route.method).collect();
        methods.sort_unstable();
        methods.dedup();
        if methods.is_empty() {
            Found::Nothing
        } else {
            Found::OtherMethods(methods)
        }
    }
}

impl Node {
    /// The nodes that a path reaches, the most literal first.
    fn collect<'a>(&'a self, path: &[impl AsRef<str>], found: &mut Vec<&'a Self>) {
        let Some((segment, rest)) = path.split_first() else {
            found.push(self);
            return;
        };
        let segment = segment.as_ref();
        if let Some(node) = self.literals.get(segment) {
            node.collect(rest, found);
        }
        if let Some(node) = &self.parameter
            && !segment.is_empty()
        {
            node.collect(rest, found);
        }
    }
}

/// The segments of a path, without the empty one before the leading slash.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

/// The name in a segment such as `{id}`.
fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &[Route] = &[
        route("GET", "/carts/active", "active"),
        route("GET", "/carts/{id}", "get"),
        route("DELETE", "/carts/{id}", "delete"),
        route("GET", "/carts/{cartId}/items/{itemId}", "item"),
        route("POST", "/{object}/query", "query"),
        route("GET", "/carts/{other}", "shadowed"),
    ];

    const fn route(method: &'static str, path: &'static str, operation: &'static str) -> Route {
        Route {
            method,
            path,
            operation,
        }
    }

    fn find(method: &str, path: &str) -> (Option<&'static str>, PathParams) {
        let mut router = Router::default();
        for (index, entry) in ROUTES.iter().enumerate() {
            let id = RouteId {
                service: 0,
                route: index,
            };
            router.insert(entry, id);
        }
        match router.find(method, path) {
            Found::Operation(id, params) => (Some(ROUTES[id.route].operation), params),
            Found::OtherMethods(methods) => {
                (Some("405"), [(methods.join(","), String::new())].into())
            }
            Found::Nothing => (None, PathParams::new()),
        }
    }

    #[test]
    fn literals_win_and_the_first_of_two_equals_wins() {
        assert_eq!(find("GET", "/carts/active").0, Some("active"));
        assert_eq!(find("GET", "/carts/1").0, Some("get"));
        assert_eq!(find("POST", "/carts/query").0, Some("query"));
    }

    #[test]
    fn a_literal_without_the_method_gives_way_to_a_parameter() {
        let (operation, params) = find("DELETE", "/carts/active");
        assert_eq!(operation, Some("delete"));
        assert_eq!(params["id"], "active");
    }

    #[test]
    fn parameters_are_decoded_after_splitting() {
        let (operation, params) = find("GET", "/carts/a%2Fb/items/%C3%A4");
        assert_eq!(operation, Some("item"));
        assert_eq!(params["cartId"], "a/b");
        assert_eq!(params["itemId"], "ä");
    }

    #[test]
    fn other_methods_are_named() {
        let (operation, methods) = find("PATCH", "/carts/1");
        assert_eq!(operation, Some("405"));
        assert!(methods.contains_key("DELETE,GET"));
    }

    #[test]
    fn case_slashes_and_bad_encoding_do_not_match() {
        for path in [
            "/Carts/1",
            "/carts/",
            "/carts/1/",
            "//carts/1",
            "/carts/%FF",
            "/",
            "",
        ] {
            assert_eq!(find("GET", path).0, None, "{path}");
        }
    }
}
