//! The client's methods and builders of one service, a module a tag.
//!
//! All of them are `#[inline]`: code is then made where a call is used, not for every call that could be. Without it a build of all services
//! compiles the decoding of every answer into the library.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Type, visit_mut::VisitMut};

use super::{
    service::{Answer, Body, Location, Operation, Parameter, Part, PartKind},
    signatures::first_argument,
    types::Shorten,
};

/// The modules of a service, by name, in the order of the alphabet.
pub(super) fn by_module(operations: &[Operation]) -> BTreeMap<&str, Vec<&Operation>> {
    let mut modules: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        modules
            .entry(operation.module.as_str())
            .or_default()
            .push(operation);
    }
    modules
}

pub(super) fn emit(operations: &[&Operation], service: &str) -> TokenStream {
    let table = format_ident!("{}", service.replace('-', "_"));
    let methods: Vec<TokenStream> = operations
        .iter()
        .map(|operation| method(operation))
        .collect();
    let builders: Vec<TokenStream> = operations
        .iter()
        .map(|operation| builder(operation))
        .collect();
    let body = quote! { #(#methods)* #(#builders)* };
    let used = used(
        &[
            "ByteStream",
            "Call",
            "CallOptions",
            "Form",
            "Part",
            "Pending",
        ],
        &body,
    );
    let types = used_in("types", &body).then(|| quote!(, types));
    quote! {
        use super::{Client #types};
        use crate::{#(#used,)* operations::#table as operations};

        impl Client {
            #(#methods)*
        }

        #(#builders)*
    }
}

/// Which of `names` the code names, for its imports.
pub(super) fn used(names: &[&str], code: &TokenStream) -> Vec<proc_macro2::Ident> {
    let words: BTreeSet<String> = code.clone().into_iter().flat_map(words).collect();
    names
        .iter()
        .filter(|name| words.contains(**name))
        .map(|name| format_ident!("{name}"))
        .collect()
}

fn used_in(name: &str, code: &TokenStream) -> bool {
    !used(&[name], code).is_empty()
}

fn words(token: proc_macro2::TokenTree) -> Vec<String> {
    match token {
        proc_macro2::TokenTree::Ident(ident) => vec![ident.to_string()],
        proc_macro2::TokenTree::Group(group) => {
            group.stream().into_iter().flat_map(words).collect()
        }
        _ => Vec::new(),
    }
}

fn method(operation: &Operation) -> TokenStream {
    let name = format_ident!("{}", operation.id);
    let builder = format_ident!("{}", operation.builder());
    let constant = format_ident!("{}", operation.constant());
    let docs = docs(operation);
    let required: Vec<&Parameter> = operation.parameters.iter().filter(|p| p.required).collect();
    let mut arguments: Vec<TokenStream> = required
        .iter()
        .map(|parameter| {
            let ident = format_ident!("{}", parameter.ident);
            let (ty, _) = value(&parameter.ty, &quote!(#ident));
            quote!(#ident: #ty)
        })
        .collect();
    let mut chain: Vec<TokenStream> = required.iter().map(|parameter| set(parameter)).collect();
    match &operation.body {
        Some(Body::Json { ty, required: true }) => {
            let (ty, expression) = json_argument(ty);
            arguments.push(quote!(body: #ty));
            chain.push(quote!(.json(#expression)));
        }
        Some(Body::Text { required: true }) => {
            arguments.push(quote!(body: impl Into<String>));
            chain.push(quote!(.text(body)));
        }
        Some(Body::Form { parts, .. }) => {
            for part in parts.iter().filter(|part| part.required) {
                let ident = format_ident!("{}", part.ident);
                let (ty, call) = part_setter(part, &quote!(#ident));
                arguments.push(quote!(#ident: #ty));
                chain.push(call);
            }
        }
        _ => {}
    }
    let deprecated = operation
        .deprecated
        .then(|| quote!(#[deprecated = "marked as deprecated in the published reference"]));
    quote! {
        #(#[doc = #docs])*
        #deprecated
        #[inline]
        pub fn #name(&self, #(#arguments),*) -> #builder {
            #builder { call: Call::new(&self.transport, &operations::#constant) #(#chain)* }
        }
    }
}

fn builder(operation: &Operation) -> TokenStream {
    let name = format_ident!("{}", operation.builder());
    let doc = format!(" Builder of [`Client::{}`].", operation.id);
    let mut setters: Vec<TokenStream> = operation
        .parameters
        .iter()
        .filter(|p| !p.required)
        .map(setter)
        .collect();
    match &operation.body {
        Some(Body::Json {
            ty,
            required: false,
        }) => {
            let (ty, expression) = json_argument(ty);
            setters.push(quote! {
                /// The request body, as JSON.
                #[inline]
                pub fn body(self, body: #ty) -> Self {
                    Self { call: self.call.json(#expression) }
                }
            });
        }
        Some(Body::Text { required: false }) => setters.push(quote! {
            /// The request body, as plain text.
            #[inline]
            pub fn body(self, body: impl Into<String>) -> Self {
                Self { call: self.call.text(body) }
            }
        }),
        Some(Body::Form { parts, multipart }) => {
            setters.extend(parts.iter().filter(|part| !part.required).map(|part| {
                let ident = format_ident!("{}", part.ident);
                let (ty, call) = part_setter(part, &quote!(value));
                let doc = if *multipart {
                    format!(" The part `{}`.", part.name)
                } else {
                    format!(" The field `{}`.", part.name)
                };
                quote! {
                    #[doc = #doc]
                    #[inline]
                    pub fn #ident(self, value: #ty) -> Self {
                        Self { call: self.call #call }
                    }
                }
            }));
            if *multipart {
                setters.push(quote! {
                    /// The whole form, in place of what was set so far: for parts that the reference does not name.
                    #[inline]
                    pub fn form(self, form: Form) -> Self {
                        Self { call: self.call.form(form) }
                    }
                });
            }
        }
        _ => {}
    }
    let (answer, send) = match &operation.answer {
        Answer::Json(ty) => {
            let mut ty = ty.clone();
            Shorten.visit_type_mut(&mut ty);
            (ty.into_token_stream(), quote!(self.call.send()))
        }
        Answer::Stream { .. } => (quote!(ByteStream), quote!(self.call.stream())),
    };
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #[must_use = "nothing is sent before `send`"]
        pub struct #name {
            call: Call,
        }

        impl #name {
            #(#setters)*

            /// Sends the request.
            #[inline]
            pub fn send(self) -> Pending<#answer> {
                #send
            }
        }

        impl CallOptions for #name {
            #[inline]
            fn call_mut(&mut self) -> &mut Call {
                &mut self.call
            }
        }
    }
}

fn setter(parameter: &Parameter) -> TokenStream {
    let ident = format_ident!("{}", parameter.ident);
    let (ty, _) = value(&parameter.ty, &quote!(value));
    let call = set_from(parameter, &quote!(value));
    let kind = match parameter.location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
    };
    let supplied = match (&parameter.supplied_by, &parameter.default) {
        (_, Some(default)) => {
            format!(" Without it the client sends `{default}`, unless told otherwise.")
        }
        (Some(_), None) => " Without it the credential's is sent.".into(),
        (None, None) => String::new(),
    };
    let doc = format!(" The {kind} parameter `{}`.{supplied}", parameter.name);
    quote! {
        #[doc = #doc]
        #[inline]
        pub fn #ident(self, value: #ty) -> Self {
            Self { call: self.call #call }
        }
    }
}

fn set(parameter: &Parameter) -> TokenStream {
    let ident = format_ident!("{}", parameter.ident);
    set_from(parameter, &quote!(#ident))
}

fn set_from(parameter: &Parameter, from: &TokenStream) -> TokenStream {
    let name = &parameter.name;
    let (_, kind) = value(&parameter.ty, from);
    match (parameter.location, kind) {
        (Location::Path, Kind::One(value)) => quote!(.path(#name, #value)),
        (Location::Header, Kind::One(value)) => quote!(.header(#name, #value)),
        (Location::Query, Kind::One(value)) => quote!(.query(#name, #value)),
        (_, Kind::Many(values)) => quote!(.query_each(#name, #values)),
        (_, Kind::Fields(fields)) => quote!(.query_fields(#fields)),
    }
}

enum Kind {
    One(TokenStream),
    Many(TokenStream),
    Fields(TokenStream),
}

/// How a value of a type is taken from the caller, and what the call makes of it.
fn value(ty: &Type, from: &TokenStream) -> (TokenStream, Kind) {
    let mut ty = ty.clone();
    Shorten.visit_type_mut(&mut ty);
    let text = ty.to_token_stream().to_string();
    match text.as_str() {
        "str" | "String" => (quote!(impl Into<String>), Kind::One(quote!(#from.into()))),
        "Vec < String >" => (
            quote!(impl IntoIterator<Item = impl Into<String>>),
            Kind::Many(quote!(#from.into_iter().map(Into::into))),
        ),
        _ if text.starts_with("Vec <") => {
            let item = first_argument(&ty).cloned();
            (
                quote!(impl IntoIterator<Item = #item>),
                Kind::Many(quote!(#from)),
            )
        }
        _ if text.contains("Map <") => (quote!(&#ty), Kind::Fields(quote!(#from))),
        _ => (quote!(#ty), Kind::One(quote!(#from))),
    }
}

fn json_argument(ty: &Type) -> (TokenStream, TokenStream) {
    let mut ty = ty.clone();
    Shorten.visit_type_mut(&mut ty);
    let text = ty.to_token_stream().to_string();
    match text.as_str() {
        // The reference does not say what the body is: anything that becomes JSON.
        "serde_json :: Value" => (quote!(&(impl serde::Serialize + ?Sized)), quote!(body)),
        "String" | "str" => (quote!(&str), quote!(body)),
        _ if text.starts_with("Vec <") => {
            let item = first_argument(&ty).cloned();
            if item
                .as_ref()
                .is_some_and(|item| item.to_token_stream().to_string() == "serde_json :: Value")
            {
                (quote!(&[impl serde::Serialize]), quote!(body))
            } else {
                (quote!(&[#item]), quote!(body))
            }
        }
        _ => (quote!(&#ty), quote!(body)),
    }
}

fn part_setter(part: &Part, from: &TokenStream) -> (TokenStream, TokenStream) {
    let name = &part.name;
    match part.kind {
        PartKind::File => (quote!(impl Into<Part>), quote!(.part(#name, #from))),
        PartKind::Files => (
            quote!(impl IntoIterator<Item = impl Into<Part>>),
            quote!(.parts(#name, #from)),
        ),
        PartKind::Text => (quote!(impl std::fmt::Display), quote!(.field(#name, #from))),
        PartKind::Texts => (
            quote!(impl IntoIterator<Item = impl std::fmt::Display>),
            quote!(.fields(#name, #from)),
        ),
        PartKind::Json => (
            quote!(&(impl serde::Serialize + ?Sized)),
            quote!(.json_part(#name, #from)),
        ),
    }
}

/// Summary, wire, evidence, notes.
fn docs(operation: &Operation) -> Vec<String> {
    let mut lines = vec![sentence(&operation.summary), String::new()];
    let evidence = match operation.evidence.as_str() {
        "published" => "published".to_owned(),
        "index" => {
            "known from the reference index only: body and answer may hold more than is typed here"
                .to_owned()
        }
        "page" => "Salesforce-hosted, known from a documentation page".to_owned(),
        "sdk" => "Salesforce-hosted, known from the vendor's public SDK source".to_owned(),
        "client" => "Salesforce-hosted, known from a public client".to_owned(),
        other => format!("Salesforce-hosted, known from {other}"),
    };
    lines.push(format!(
        " `{} {}` ({evidence}).",
        operation.method, operation.path
    ));
    if let Answer::Stream { media } = &operation.answer {
        lines.push(String::new());
        lines.push(format!(" Answers a stream of `{media}`."));
    }
    if let Some(notes) = &operation.notes {
        lines.push(String::new());
        lines.extend(notes.lines().map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!(" {}", escape(line))
            }
        }));
    }
    lines
}

/// A summary as a sentence of a doc comment.
fn sentence(summary: &str) -> String {
    let text = escape(summary.trim().trim_end_matches('.'));
    format!(" {text}.")
}

/// Keeps rustdoc from reading brackets as links and angle brackets as tags.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '[' | ']' | '<' | '>' | '*' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    link_addresses(&out)
}

/// Puts bare addresses in angle brackets, as rustdoc wants them.
fn link_addresses(text: &str) -> String {
    text.split(' ')
        .map(|word| {
            if word.starts_with("https://") && !word.contains(['{', '\\']) {
                format!("<{word}>")
            } else {
                word.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
