//! What an object and its parts are called in other languages.

use axum::http::StatusCode;
use serde_json::Value;

use super::{ASSUMED, Behaviour, Call, Definition, Failure, Reply};
use super::{change, defined, list, params, path, rows, shown, with};
use crate::records::definitions::{Scope, Translation};
use crate::records::store::Record;

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    operations: &[
        "get_object_translation",
        "create_object_translation",
        "update_object_translation",
        "delete_object_translation",
    ],
    basis: ASSUMED,
    carry_out: |world, call| match call.operation {
        "create_object_translation" => change(world, call, StatusCode::CREATED, |_, definition| {
            let locale = locale(call)?;
            let rows: Vec<&Record> = list(params::row(call)?, "MetadataTranslations").collect();
            if definition.translations.contains_key(locale) {
                return Err(Failure::invalid(format!(
                    "{} has a translation to {locale} already; change that",
                    definition.name
                )));
            }
            let translations = build(definition, rows)?;
            definition
                .translations
                .insert(locale.to_owned(), translations);
            Ok(true.into())
        }),
        "update_object_translation" => change(world, call, StatusCode::OK, |_, definition| {
            let locale = locale(call)?;
            let given = build(definition, rows(call)?)?;
            let kept = definition.translations.get_mut(locale);
            let kept = kept.ok_or_else(|| missing(locale))?;
            kept.retain(|old| {
                let mut given = given.iter();
                !given.any(|new| new.scope == old.scope && new.name == old.name)
            });
            kept.extend(given);
            Ok(true.into())
        }),
        "delete_object_translation" => change(world, call, StatusCode::OK, |_, definition| {
            let locale = locale(call)?;
            let removed = definition.translations.remove(locale);
            removed.ok_or_else(|| missing(locale)).map(|_| true.into())
        }),
        _ => {
            let locale = locale(call)?;
            let mut definition = defined(world, call)?;
            let found = definition.translations.remove(locale);
            let found = found.ok_or_else(|| missing(locale))?;
            Ok(Reply::new(StatusCode::OK, shown(&found)).into_answer())
        }
    },
};

/// Puts the names of a locale in place of the object's own; what is not translated stays.
pub(super) fn apply(definition: &mut Definition, locale: Option<&str>) -> Result<(), Failure> {
    let Some(locale) = locale else {
        return Ok(());
    };
    check_locale(locale)?;
    let translations = definition.translations.get(locale).cloned();
    for translation in translations.unwrap_or_default() {
        let name = translation.name.as_deref().unwrap_or_default();
        let (display_name, description) = match translation.scope {
            Scope::Object => (&mut definition.display_name, &mut definition.description),
            Scope::Field => {
                let mut fields = definition.field_metadata.iter_mut();
                match fields.find(|field| field.field_name == name) {
                    Some(field) => (&mut field.display_name, &mut field.description),
                    None => continue,
                }
            }
            // Neither complex fields nor picklists have a name to show beside their own.
            Scope::Complex | Scope::Picklist => continue,
        };
        if translation.display_name.is_some() {
            *display_name = translation.display_name;
        }
        if translation.description.is_some() {
            *description = translation.description;
        }
    }
    Ok(())
}

fn locale(call: &Call) -> Result<&str, Failure> {
    let locale = path(call, "locale");
    check_locale(locale)?;
    Ok(locale)
}

/// A language and a region, as `en-US`.
fn check_locale(locale: &str) -> Result<(), Failure> {
    let fits = locale.split_once('-').is_some_and(|(language, region)| {
        (2..=3).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_lowercase())
            && (2..=3).contains(&region.len())
            && region
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    });
    if fits {
        Ok(())
    } else {
        Err(Failure::invalid(format!(
            "'{locale}' is no locale; write a language and a region such as en-US"
        )))
    }
}

/// Translations from their request; what they name must be there.
fn build(definition: &Definition, rows: Vec<&Record>) -> Result<Vec<Translation>, Failure> {
    let mut translations = Vec::with_capacity(rows.len());
    for row in rows {
        let taken = ["Scope", "Name", "DisplayName", "Description"];
        let translation: Translation = with(&Translation::default(), row, &taken)?;
        let name = translation.name.as_deref().unwrap_or_default();
        let known = match translation.scope {
            Scope::Object => name.is_empty() || name == definition.name,
            Scope::Field => definition.field(name).is_some(),
            Scope::Complex => definition.complex(name).is_some(),
            Scope::Picklist => definition.picklist(name).is_some(),
        };
        if !known {
            let scope = shown(&translation.scope);
            let scope = Value::as_str(&scope).unwrap_or_default().to_lowercase();
            return Err(Failure::invalid(format!(
                "{} has no {scope} '{name}' to translate",
                definition.name
            )));
        }
        translations.push(translation);
    }
    Ok(translations)
}

fn missing(locale: &str) -> Failure {
    Failure::not_found(format!(
        "there is no translation to {locale}; create it first"
    ))
}
