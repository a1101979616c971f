//! Complex fields: what they are made of.

use axum::http::StatusCode;
use serde_json::Value;

use super::{ASSUMED, Behaviour, Definition, Failure};
use super::{change, fields, list, params, path, required, shown, with};
use crate::records::definitions::{Complex, DataType, Field};
use crate::records::store::Record;

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    operations: &[
        "create_complex_field_metadata",
        "create_complex_field",
        "create_complex_fields",
        "update_complex_field",
    ],
    basis: ASSUMED,
    carry_out: |world, call| match call.operation {
        "create_complex_field_metadata" => {
            change(world, call, StatusCode::CREATED, |_, definition| {
                add(definition, params::row(call)?).map(|complex| shown(&complex))
            })
        }
        "create_complex_field" => change(world, call, StatusCode::OK, |_, definition| {
            let complex = find(definition, path(call, "complexFieldMetadataName"))?;
            add_part(complex, part(params::row(call)?)?).map(|field| shown(&field))
        }),
        "create_complex_fields" => change(world, call, StatusCode::OK, |_, definition| {
            let complex = find(definition, path(call, "complexFieldMetadataName"))?;
            let parts = list(params::row(call)?, "Fields");
            let parts = parts.map(|part| add_part(complex, part).map(|field| shown(&field)));
            parts.collect()
        }),
        _ => change(world, call, StatusCode::OK, |_, definition| {
            let complex = find(definition, path(call, "complexFieldMetadataName"))?;
            update(complex, part(params::row(call)?)?)
        }),
    },
};

/// Adds a complex field's make-up.
pub(super) fn add(definition: &mut Definition, row: &Record) -> Result<Complex, Failure> {
    let name = required(row, "Name")?;
    if definition.complex(name).is_some() {
        return Err(Failure::invalid(format!(
            "{} has a complex field '{name}' already",
            definition.name
        )));
    }
    let mut complex = Complex {
        name: name.to_owned(),
        fields: Vec::new(),
    };
    for part in list(row, "Fields") {
        add_part(&mut complex, part)?;
    }
    definition.complex_field_metadata.push(complex.clone());
    Ok(complex)
}

fn find<'a>(definition: &'a mut Definition, name: &str) -> Result<&'a mut Complex, Failure> {
    let missing = format!("{} has no complex field '{name}'", definition.name);
    definition
        .complex_field_metadata
        .iter_mut()
        .find(|complex| complex.name == name)
        .ok_or_else(|| Failure::not_found(missing))
}

/// The one field of a request.
fn part(body: &Record) -> Result<&Record, Failure> {
    body.get("Field")
        .and_then(Value::as_object)
        .ok_or_else(|| Failure::invalid("Field is required: the field to add or change"))
}

fn add_part(complex: &mut Complex, row: &Record) -> Result<Field, Failure> {
    let field = fields::build(row)?;
    if matches!(field.data_type, DataType::Complex | DataType::ComplexArray) {
        return Err(Failure::invalid(
            "a complex field is not made of complex fields",
        ));
    }
    let mut known = complex.fields.iter();
    if known.any(|known| known.field_name.eq_ignore_ascii_case(&field.field_name)) {
        return Err(Failure::invalid(format!(
            "the complex field {} has a field '{}' already",
            complex.name, field.field_name
        )));
    }
    complex.fields.push(field.clone());
    Ok(field)
}

fn update(complex: &mut Complex, row: &Record) -> Result<Value, Failure> {
    let name = required(row, "FieldName")?;
    let missing = format!("the complex field {} has no field '{name}'", complex.name);
    let mut parts = complex.fields.iter_mut();
    let part = parts
        .find(|part| part.field_name == name)
        .ok_or_else(|| Failure::not_found(missing))?;
    *part = with(
        part,
        row,
        &["DisplayName", "Description", "IsIndexField", "Length"],
    )?;
    Ok(shown(part))
}
