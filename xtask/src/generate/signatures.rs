//! What progenitor and typify make of a lowered document: the types, and for every operation the types of its arguments and answer.
//!
//! progenitor's positional interface names each of these types once, in a signature; that is all that is taken from its client code. Its
//! `send` inlines headers, hooks and status handling into every method, which at this size costs more compile time than all types together;
//! [`super::operations`] writes builders over one shared `Call` instead.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TypeImpl};
use schemars::schema::{InstanceType, SchemaObject};
use syn::{FnArg, GenericArgument, ImplItem, Item, Pat, PathArguments, ReturnType, Type};
use typify::CrateVers;

use crate::{document::Document, problem::Problem};

/// progenitor's output, taken apart.
#[derive(Debug)]
pub(super) struct Signatures {
    /// The items of `pub mod types`.
    pub(super) types: Vec<Item>,
    /// By operation id.
    pub(super) operations: HashMap<String, Signature>,
}

/// The types of one operation.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    /// By Rust name. Options and references are taken off: what a value is, not how it is passed.
    pub(super) arguments: HashMap<String, Type>,
    /// `None` for an answer that is streamed.
    pub(super) answer: Option<Type>,
}

pub(super) fn read(document: &Document, openapi: &OpenAPI) -> Result<Signatures, Problem> {
    let mut generator = Generator::new(&settings());
    // progenitor asserts what it does not support.
    let tokens = catch_unwind(AssertUnwindSafe(|| generator.generate_tokens(openapi)))
        .map_err(|panic| refused(document, openapi, &said(&*panic)))?
        .map_err(|e| refusal(document, "", &e.to_string()))?;
    let file: syn::File = syn::parse2(tokens).map_err(|e| {
        refusal(
            document,
            "",
            &format!("progenitor's output does not parse: {e}"),
        )
    })?;
    let mut signatures = Signatures {
        types: Vec::new(),
        operations: HashMap::new(),
    };
    for item in file.items {
        match item {
            Item::Mod(module) if module.ident == "types" => {
                signatures.types = module.content.map(|(_, items)| items).unwrap_or_default();
            }
            Item::Impl(block) if block.trait_.is_none() => {
                for item in block.items {
                    if let ImplItem::Fn(function) = item
                        && let Some(signature) = signature(&function.sig)
                    {
                        signatures
                            .operations
                            .insert(function.sig.ident.to_string(), signature);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(signatures)
}

fn settings() -> GenerationSettings {
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_map_type("::std::collections::BTreeMap")
        .with_crate("conga-api", CrateVers::Any, None);
    let text = [TypeImpl::Display, TypeImpl::FromStr];
    for (format, name) in [
        ("date-time", "crate::Timestamp"),
        ("date", "crate::Date"),
        // An id is what the server says it is: a GUID mostly, sometimes empty, on Salesforce 18 letters.
        ("uuid", "::std::string::String"),
    ] {
        let schema = SchemaObject {
            instance_type: Some(InstanceType::String.into()),
            format: Some(format.into()),
            ..SchemaObject::default()
        };
        settings.with_conversion(schema, name, text.into_iter());
    }
    settings
}

/// Finds what progenitor panics on, by generating less and less: a schema, else the operations of a path.
fn refused(document: &Document, openapi: &OpenAPI, said: &str) -> Problem {
    let panics = |openapi: &OpenAPI| {
        catch_unwind(AssertUnwindSafe(|| {
            Generator::new(&settings()).generate_tokens(openapi)
        }))
        .is_err()
    };
    let what = |it: &str| format!("it panics on {it}: {said}");
    let mut schemas = openapi.clone();
    schemas.paths.paths.clear();
    if panics(&schemas) {
        let names = document.schemas().map(|(name, _)| name);
        let culprit = names.into_iter().find(|name| {
            let mut without = schemas.clone();
            if let Some(components) = &mut without.components
                && let Some(schema) = components.schemas.get_mut(*name)
            {
                *schema = openapiv3::ReferenceOr::Item(openapiv3::Schema {
                    schema_data: openapiv3::SchemaData::default(),
                    schema_kind: openapiv3::SchemaKind::Any(openapiv3::AnySchema::default()),
                });
            }
            !panics(&without)
        });
        let place = culprit.map_or_else(String::new, |name| format!("schema {name}"));
        return refusal(document, &place, &what("this schema"));
    }
    for (path, item) in &openapi.paths.paths {
        let mut alone = openapi.clone();
        alone.paths.paths.retain(|other, _| other == path.as_str());
        if panics(&alone) {
            let ids: Vec<String> = item
                .as_item()
                .into_iter()
                .flat_map(|item| item.iter())
                .filter_map(|(method, operation)| {
                    Some(format!(
                        "{} ({})",
                        method.to_uppercase(),
                        operation.operation_id.as_ref()?
                    ))
                })
                .collect();
            let place = format!("{path}: {}", ids.join(", "));
            return refusal(document, &place, &what("one of these operations"));
        }
    }
    refusal(document, "", &what("the document as a whole"))
}

/// The message of a panic, on one line.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it does not say why");
    message.lines().next().unwrap_or_default().to_owned()
}

fn refusal(document: &Document, place: &str, what: &str) -> Problem {
    document.problem(
        place,
        format!("progenitor does not take it: {what}"),
        "say by overlay what the place means on the wire, in terms that OpenAPI 3.0 clients understand",
    )
}

fn signature(signature: &syn::Signature) -> Option<Signature> {
    let ReturnType::Type(_, answer) = &signature.output else {
        return None;
    };
    let answer = first_argument(first_argument(answer)?)?.clone();
    let is_stream = matches!(&answer, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "ByteStream"));
    let arguments = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(argument) => match &*argument.pat {
                Pat::Ident(name) => Some((name.ident.to_string(), value_of(&argument.ty))),
                _ => None,
            },
            FnArg::Receiver(_) => None,
        })
        .collect();
    Some(Signature {
        arguments,
        answer: (!is_stream).then_some(answer),
    })
}

/// The type without `Option` and without reference.
fn value_of(ty: &Type) -> Type {
    match ty {
        Type::Reference(reference) => (*reference.elem).clone(),
        Type::Path(path)
            if path
                .path
                .segments
                .last()
                .is_some_and(|s| s.ident == "Option") =>
        {
            first_argument(ty).map_or_else(|| ty.clone(), value_of)
        }
        _ => ty.clone(),
    }
}

/// `T` of `X<T, ..>`.
pub(super) fn first_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
