//! The types of a service, slimmed and opened.
//!
//! typify's items are kept but for three things. Plain enumerations become `open_enum!`: an unknown value is kept, not refused. A type
//! derives `Serialize` only where a request reaches it and `Deserialize` only where an answer does (the feature `serde-full` gives both to
//! all): serde's derives are most of the compile time. Names that [`super::lower`] bent are straightened.

use std::collections::{HashMap, HashSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Fields, Item, ItemEnum, LitStr, Meta, Type, parse_quote, visit::Visit,
    visit_mut::VisitMut,
};

use super::{
    lower::{APART, INTEGER},
    signatures::{Signatures, first_argument},
};

/// Which way a type travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Reach {
    request: bool,
    response: bool,
}

/// What the types of one service come to.
pub(super) struct Types {
    pub(super) tokens: TokenStream,
    /// How many named types there are.
    pub(super) count: usize,
}

pub(super) fn emit(signatures: &Signatures) -> Types {
    let items = &signatures.types;
    let reach = reach_of(items, signatures);
    let open: HashSet<String> = items
        .iter()
        .filter_map(|item| match item {
            Item::Enum(item) if is_plain(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect();
    let mut out = Vec::new();
    let mut count = 0;
    for item in items {
        let mut item = item.clone();
        // A base type that only others extend is merged into them, and no call names it.
        let Some(reach) = name_of(&item).and_then(|name| reach.get(&name).copied()) else {
            continue;
        };
        match &mut item {
            Item::Enum(item) if open.contains(&item.ident.to_string()) => {
                out.push(open_enum(item));
                count += 1;
                continue;
            }
            Item::Enum(item) => {
                derive(&mut item.attrs, reach, false);
                count += 1;
            }
            Item::Struct(item) => {
                item.fields.iter_mut().for_each(unbox_option);
                let has_default = item.fields.iter().all(|field| may_be_left_out(&field.ty))
                    && !item.fields.is_empty();
                derive(&mut item.attrs, reach, has_default);
                for field in &mut item.fields {
                    straighten_wire_name(&mut field.attrs);
                }
                count += 1;
            }
            Item::Impl(block) if block.trait_.is_some() => {
                // The conversions of plain enumerations come with the macro.
                if self_name(&block.self_ty).is_some_and(|name| open.contains(&name)) {
                    continue;
                }
            }
            _ => continue,
        }
        Shorten.visit_item_mut(&mut item);
        out.push(item.into_token_stream());
    }
    Types {
        tokens: quote!(#(#out)*),
        count,
    }
}

/// An enumeration of strings (or marked integers): unit variants only, decoded by name.
fn is_plain(item: &ItemEnum) -> bool {
    item.variants
        .iter()
        .all(|variant| matches!(variant.fields, Fields::Unit))
        && !item
            .attrs
            .iter()
            .any(|attribute| attribute.to_token_stream().to_string().contains("untagged"))
}

fn open_enum(item: &ItemEnum) -> TokenStream {
    let name = &item.ident;
    let wires: Vec<String> = item
        .variants
        .iter()
        .map(|variant| renamed(&variant.attrs).unwrap_or_else(|| variant.ident.to_string()))
        .collect();
    if wires.iter().all(|wire| wire.starts_with(INTEGER)) {
        let arms = wires.iter().filter_map(|wire| {
            let number: i64 = wire.strip_prefix(INTEGER)?.parse().ok()?;
            let sign = if number < 0 { "Minus" } else { "" };
            let variant = format_ident!("Value{sign}{}", number.unsigned_abs());
            let number = proc_macro2::Literal::i64_unsuffixed(number);
            Some(quote! { #variant = #number })
        });
        return quote! { crate::open_enum! { integer #name { #(#arms,)* } } };
    }
    let arms = item.variants.iter().zip(&wires).map(|(variant, wire)| {
        // A published value `Unknown` must not be taken for the variant that keeps unknown ones.
        let variant = if variant.ident == "Unknown" {
            format_ident!("UnknownValue")
        } else {
            variant.ident.clone()
        };
        quote! { #variant = #wire }
    });
    quote! { crate::open_enum! { string #name { #(#arms,)* } } }
}

fn renamed(attributes: &[Attribute]) -> Option<String> {
    let mut found = None;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                found = Some(meta.value()?.parse::<LitStr>()?.value());
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<LitStr>()?;
            }
            Ok(())
        });
    }
    found
}

fn straighten_wire_name(attributes: &mut [Attribute]) {
    for attribute in attributes
        .iter_mut()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        let Meta::List(list) = &mut attribute.meta else {
            continue;
        };
        list.tokens = std::mem::take(&mut list.tokens)
            .into_iter()
            .map(|token| match &token {
                proc_macro2::TokenTree::Literal(literal) => {
                    match syn::parse_str::<LitStr>(&literal.to_string()) {
                        Ok(text) => {
                            let wire = text
                                .value()
                                .split(APART)
                                .next()
                                .unwrap_or_default()
                                .to_owned();
                            proc_macro2::Literal::string(&wire).into()
                        }
                        Err(_) => token,
                    }
                }
                _ => token,
            })
            .collect();
    }
}

/// typify breaks a cycle by `Box<Option<T>>`, which is sent as `null` when it is empty. `Option<Box<T>>` is left out, as any other.
fn unbox_option(field: &mut syn::Field) {
    let is = |ty: &Type, name: &str| matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == name));
    let Some(inner) =
        first_argument(&field.ty).filter(|inner| is(&field.ty, "Box") && is(inner, "Option"))
    else {
        return;
    };
    let Some(value) = first_argument(inner).cloned() else {
        return;
    };
    field.ty = parse_quote!(::std::option::Option<::std::boxed::Box<#value>>);
    let wire = renamed(&field.attrs);
    field
        .attrs
        .retain(|attribute| !attribute.path().is_ident("serde"));
    let rename = wire.map(|wire| quote!(rename = #wire,));
    field
        .attrs
        .push(parse_quote!(#[serde(#rename skip_serializing_if = "Option::is_none")]));
}

/// Whether a value of the type may be nothing: then so may a struct of such fields, and callers write only what they set.
fn may_be_left_out(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|segment| {
        matches!(segment.ident.to_string().as_str(), "Option" | "Vec" | "Map" | "BTreeMap")
    }))
}

/// Replaces typify's derives and doc comment, which repeats the type's name.
fn derive(attributes: &mut Vec<Attribute>, reach: Reach, default: bool) {
    attributes.retain(|attribute| {
        !attribute.path().is_ident("derive") && !attribute.path().is_ident("doc")
    });
    let mut traits: Vec<TokenStream> = vec![quote!(Clone), quote!(Debug)];
    if default {
        traits.push(quote!(Default));
    }
    if reach.response {
        traits.push(quote!(serde::Deserialize));
    }
    if reach.request {
        traits.push(quote!(serde::Serialize));
    }
    let mut derived: Vec<Attribute> = vec![parse_quote!(#[derive(#(#traits),*)])];
    if reach.request != reach.response {
        let missing = if reach.request {
            quote!(serde::Deserialize)
        } else {
            quote!(serde::Serialize)
        };
        derived.push(parse_quote!(#[cfg_attr(feature = "serde-full", derive(#missing))]));
    }
    derived.append(attributes);
    *attributes = derived;
}

/// The type that an item defines or implements something for.
fn name_of(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        Item::Impl(block) => self_name(&block.self_ty),
        _ => None,
    }
}

fn self_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

/// Which way each type travels: from the signatures on through what the types hold.
fn reach_of(items: &[Item], signatures: &Signatures) -> HashMap<String, Reach> {
    let mut inside: HashMap<String, Vec<String>> = HashMap::new();
    for item in items {
        let Some(name) = name_of(item).filter(|_| !matches!(item, Item::Impl(_))) else {
            continue;
        };
        let mut names = Names::default();
        names.visit_item(item);
        inside.insert(name, names.0);
    }
    let mut reach: HashMap<String, Reach> = HashMap::new();
    for signature in signatures.operations.values() {
        for argument in signature.arguments.values() {
            spread(argument, &inside, &mut reach, |reach| {
                !std::mem::replace(&mut reach.request, true)
            });
        }
        if let Some(answer) = &signature.answer {
            spread(answer, &inside, &mut reach, |reach| {
                !std::mem::replace(&mut reach.response, true)
            });
        }
    }
    reach
}

/// Marks every type that `ty` holds. `mark` says whether the mark is new.
fn spread(
    ty: &Type,
    inside: &HashMap<String, Vec<String>>,
    reach: &mut HashMap<String, Reach>,
    mark: impl Fn(&mut Reach) -> bool,
) {
    let mut names = Names::default();
    names.visit_type(ty);
    let mut open = names.0;
    while let Some(name) = open.pop() {
        if let Some(held) = inside.get(&name)
            && mark(reach.entry(name).or_default())
        {
            open.extend(held.iter().cloned());
        }
    }
}

#[derive(Default)]
struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(segment) = path.segments.last() {
            self.0.push(segment.ident.to_string());
        }
        syn::visit::visit_path(self, path);
    }
}

/// Writes `Option`, `String`, `Vec` for typify's absolute paths: people read this.
pub(super) struct Shorten;

impl VisitMut for Shorten {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        syn::visit_mut::visit_path_mut(self, path);
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let keep = match names.as_slice() {
            ["std", "boxed", "Box"]
            | ["std", "option", "Option"]
            | ["std", "string", "String"]
            | ["std", "vec", "Vec"]
            | ["std", "result", "Result"] => 1,
            ["std", "convert", "From"] => 1,
            ["serde", "Serialize" | "Deserialize"] => 1,
            ["std", ..] | ["serde_json", ..] => names.len(),
            ["conga_api", ..] => {
                if let Some(first) = path.segments.first_mut() {
                    first.ident = format_ident!("crate");
                }
                names.len()
            }
            _ => return,
        };
        path.leading_colon = None;
        path.segments = path
            .segments
            .iter()
            .skip(names.len() - keep)
            .cloned()
            .collect();
    }

    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if attribute.path().is_ident("serde")
            && let Meta::List(list) = &mut attribute.meta
        {
            let text = list.tokens.to_string();
            if text.contains(":: std ::") || text.contains("::std::") {
                let short = text
                    .replace("::std::option::Option::is_none", "Option::is_none")
                    .replace("::std::vec::Vec::is_empty", "Vec::is_empty")
                    .replace("::std::collections", "std::collections");
                if let Ok(tokens) = short.parse() {
                    list.tokens = tokens;
                }
            }
        }
    }
}
