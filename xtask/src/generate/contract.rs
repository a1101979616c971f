//! One call of every operation, for the contract test.
//!
//! Each entry calls the generated method with every parameter and the whole body, all taken from a sample that the test makes from
//! the specification. That it compiles says that the types are what the specification says; what arrives says the rest.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Type, visit_mut::VisitMut};

use super::{
    service::{Answer, Body, Operation, Parameter, Part, PartKind},
    signatures::first_argument,
    types::Shorten,
};
use crate::register::Service;

/// The entries of one service.
pub(super) fn emit(service: &Service, operations: &[Operation]) -> TokenStream {
    let module = format_ident!("{}", service.module());
    let entries = operations.iter().map(|operation| {
        let id = &operation.id;
        let call = call(operation);
        let read = match &operation.answer {
            Answer::Json(_) => quote!(json),
            Answer::Stream { .. } => quote!(stream),
        };
        let sample = if super::builders::used(&["sample"], &call).is_empty() {
            quote!(_)
        } else {
            quote!(sample)
        };
        quote!((#id, |client, #sample| #read(client.#call.send())))
    });
    let entries: Vec<TokenStream> = entries.collect();
    let readers = super::builders::used(&["json", "stream"], &quote!(#(#entries)*));
    let types = (!super::builders::used(&["types"], &quote!(#(#entries)*)).is_empty())
        .then(|| quote!(use conga_api::#module::types;));
    quote! {
        use conga_api::#module::Client;
        #types

        use crate::contract::{Entry #(, #readers)*};

        pub(super) static CALLS: &[Entry<Client>] = &[#(#entries),*];
    }
}

/// `method(required).optional(..)..`
fn call(operation: &Operation) -> TokenStream {
    let name = format_ident!("{}", operation.id);
    let mut arguments = Vec::new();
    let mut setters = Vec::new();
    let mut put = |required: bool, ident: &str, value: TokenStream| {
        if required {
            arguments.push(value);
        } else {
            let ident = format_ident!("{ident}");
            setters.push(quote!(.#ident(#value)));
        }
    };
    for parameter in &operation.parameters {
        put(
            parameter.required,
            &parameter.ident,
            parameter_value(parameter),
        );
    }
    match &operation.body {
        Some(Body::Json { ty, required }) => put(*required, "body", body_value(ty)),
        Some(Body::Text { required }) => put(*required, "body", quote!(sample.text_body())),
        Some(Body::Form { parts, .. }) => {
            for part in parts {
                put(part.required, &part.ident, part_value(part));
            }
        }
        None => {}
    }
    quote!(#name(#(#arguments),*) #(#setters)*)
}

fn parameter_value(parameter: &Parameter) -> TokenStream {
    let name = &parameter.name;
    let mut ty = parameter.ty.clone();
    Shorten.visit_type_mut(&mut ty);
    let text = ty.to_token_stream().to_string();
    match text.as_str() {
        "str" | "String" => quote!(sample.text(#name)),
        _ if text.starts_with("Vec <") => {
            let item = first_argument(&ty).map(outside);
            quote!(sample.value::<Vec<#item>>(#name))
        }
        _ if text.contains("Map <") => {
            let ty = outside(&ty);
            quote!(&sample.value::<#ty>(#name))
        }
        _ => {
            let ty = outside(&ty);
            quote!(sample.value::<#ty>(#name))
        }
    }
}

fn body_value(ty: &Type) -> TokenStream {
    let mut ty = ty.clone();
    Shorten.visit_type_mut(&mut ty);
    match ty.to_token_stream().to_string().as_str() {
        "str" => quote!(&sample.body::<String>()),
        _ => {
            let ty = outside(&ty);
            quote!(&sample.body::<#ty>())
        }
    }
}

fn part_value(part: &Part) -> TokenStream {
    let name = &part.name;
    match part.kind {
        PartKind::File => quote!(sample.file(#name)),
        PartKind::Files => quote!(sample.files(#name)),
        PartKind::Text => quote!(sample.field(#name)),
        PartKind::Texts => quote!([sample.field(#name)]),
        PartKind::Json => quote!(&sample.json_field(#name)),
    }
}

/// A type as it is written outside `conga-api`.
fn outside(ty: &Type) -> TokenStream {
    fn rename(tokens: TokenStream) -> TokenStream {
        tokens
            .into_iter()
            .map(|token| match token {
                proc_macro2::TokenTree::Ident(ident) if ident == "crate" => {
                    format_ident!("conga_api").into()
                }
                proc_macro2::TokenTree::Group(group) => {
                    proc_macro2::Group::new(group.delimiter(), rename(group.stream())).into()
                }
                other => other,
            })
            .collect()
    }
    rename(ty.to_token_stream())
}

/// The list of services.
pub(super) fn emit_services(services: &[&Service]) -> TokenStream {
    let modules: Vec<_> = services
        .iter()
        .map(|service| format_ident!("{}", service.module()))
        .collect();
    let ids: Vec<&str> = services.iter().map(|service| service.id.as_str()).collect();
    quote! {
        #(mod #modules;)*

        use crate::contract::Cases;

        /// Calls every operation of every service.
        pub async fn run(api: &conga_api::Api, cases: &mut Cases<'_>) {
            #(cases.service(#ids, &api.#modules(), #modules::CALLS).await;)*
        }
    }
}
