//! The table of operations: what retries, tracing, the command line and tests know of each.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::service::{Answer, Body, Location, Operation, Paging, Parameter};
use crate::register::{Host, Service};

/// The statics of one service.
pub(super) fn emit(service: &Service, operations: &[Operation]) -> TokenStream {
    let id = &service.id;
    let entries: Vec<TokenStream> = operations.iter().map(entry).collect();
    let used = super::builders::used(
        &["Body", "Evidence", "Paging", "Parameter"],
        &quote!(#(#entries)*),
    );
    let names = operations
        .iter()
        .map(|operation| format_ident!("{}", operation.constant()));
    quote! {
        use super::{Operation #(, #used)*};

        const OF: Operation = Operation::of(#id);

        #(#entries)*

        /// Every operation of the service, in the order of its document.
        pub static OPERATIONS: &[&Operation] = &[#(&#names),*];
    }
}

/// The service's own entry.
pub(super) fn service_entry(service: &Service) -> TokenStream {
    let module = format_ident!("{}", service.module());
    let (id, title, base, host) = (
        &service.id,
        &service.title,
        &service.base_path,
        host(service.host),
    );
    let scope = match &service.scope {
        Some(scope) => quote!(Some(#scope)),
        None => quote!(None),
    };
    quote! {
        Service { id: #id, title: #title, host: #host, base_path: #base, scope: #scope, operations: #module::OPERATIONS }
    }
}

pub(super) fn host(host: Host) -> TokenStream {
    match host {
        Host::Gateway => quote!(Host::Gateway),
        Host::XAuthor => quote!(Host::XAuthor),
        Host::Salesforce => quote!(Host::Salesforce),
        Host::DiscoveryAi => quote!(Host::DiscoveryAi),
        Host::TurboEngines => quote!(Host::TurboEngines),
    }
}

/// What does not differ from [`Operation::of`](crate) is left out.
fn entry(operation: &Operation) -> TokenStream {
    let constant = format_ident!("{}", operation.constant());
    let (id, path) = (&operation.id, &operation.path);
    let mut fields = vec![quote!(id: #id)];
    if operation.method != "GET" {
        let method = &operation.method;
        fields.push(quote!(method: #method));
    }
    fields.push(quote!(path: #path));
    if !operation.parameters.is_empty() {
        let parameters = operation.parameters.iter().map(parameter);
        fields.push(quote!(parameters: &[#(#parameters),*]));
    }
    match &operation.body {
        None => {}
        Some(Body::Json { .. }) => fields.push(quote!(body: Body::Json)),
        Some(Body::Text { .. }) => fields.push(quote!(body: Body::Text)),
        Some(Body::Form {
            multipart: true, ..
        }) => fields.push(quote!(body: Body::Multipart)),
        Some(Body::Form {
            multipart: false, ..
        }) => fields.push(quote!(body: Body::Urlencoded)),
    }
    if let Answer::Stream { media } = &operation.answer {
        fields.push(quote!(answer: #media));
    }
    if operation.documented_status != 200 {
        let status = proc_macro2::Literal::u16_unsuffixed(operation.documented_status);
        fields.push(quote!(status: #status));
    }
    match operation.paging {
        Paging::None => {}
        Paging::Number => fields.push(quote!(paging: Paging::Number)),
        Paging::Offset => fields.push(quote!(paging: Paging::Offset)),
        Paging::Cursor => fields.push(quote!(paging: Paging::Cursor)),
    }
    if operation.idempotent {
        fields.push(quote!(idempotent: true));
    }
    if operation.deprecated {
        fields.push(quote!(deprecated: true));
    }
    match operation.evidence.as_str() {
        "index" => fields.push(quote!(evidence: Evidence::Index)),
        "page" => fields.push(quote!(evidence: Evidence::Page)),
        "sdk" => fields.push(quote!(evidence: Evidence::Sdk)),
        "client" => fields.push(quote!(evidence: Evidence::Client)),
        "prose" => fields.push(quote!(evidence: Evidence::Prose)),
        _ => {}
    }
    quote! {
        pub static #constant: Operation = Operation { #(#fields,)* ..OF };
    }
}

fn parameter(parameter: &Parameter) -> TokenStream {
    let name = &parameter.name;
    let mut tokens = match parameter.location {
        Location::Path => return quote!(Parameter::path(#name)),
        Location::Query => quote!(Parameter::query(#name)),
        Location::Header => quote!(Parameter::header(#name)),
    };
    if parameter.required {
        tokens = quote!(#tokens.required());
    }
    if let Some(default) = &parameter.default {
        tokens = quote!(#tokens.or(#default));
    }
    tokens
}
