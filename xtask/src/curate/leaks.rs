//! `leaks`: .NET's reflection does not belong to an API.
//!
//! Where a published schema embeds a .NET exception, the whole tree of `System.Reflection` (`Type`, `Assembly`, `MethodBase`, ...)
//! follows it into the document. No client reads it; it becomes opaque JSON, and its schemas go.

use serde_json::{Value, json};

use crate::{
    document::{Document, SCHEMAS, walk_objects},
    problem::Problems,
};

/// The types of `System.Reflection` and its neighbours, as Swashbuckle names their schemas.
const REFLECTION: [&str; 24] = [
    "Assembly",
    "ConstructorInfo",
    "CustomAttributeData",
    "CustomAttributeNamedArgument",
    "CustomAttributeTypedArgument",
    "EventInfo",
    "FieldInfo",
    "ICustomAttributeProvider",
    "IntPtr",
    "MemberInfo",
    "MethodBase",
    "MethodInfo",
    "Module",
    "ModuleHandle",
    "ParameterInfo",
    "PropertyInfo",
    "RuntimeFieldHandle",
    "RuntimeMethodHandle",
    "RuntimeTypeHandle",
    "StructLayoutAttribute",
    "Type",
    "TypeInfo",
    "SafeHandle",
    "MethodImplAttributes",
];

pub(super) fn apply(document: &mut Document) -> Result<(), Problems> {
    // A `Type` or `Module` of its own may be a word of the business; only beside a method table is it reflection.
    if document.schemas().all(|(name, _)| name != "MethodBase") {
        return Ok(());
    }
    walk_objects(&mut document.root, &mut |object| {
        let leaks = object
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix(SCHEMAS))
            .is_some_and(|name| REFLECTION.contains(&name));
        if leaks {
            object.clear();
            object.insert("x-conga-opaque".into(), json!(true));
        }
    });
    drop_unreferenced(document);
    Ok(())
}

/// Drops the reflection schemas that nothing refers to any more.
fn drop_unreferenced(document: &mut Document) {
    let wanted = document.reached(&["parameters", "requestBody", "responses"]);
    if let Some(schemas) = document.schemas_mut() {
        schemas.retain(|name, _| wanted.contains(name) || !REFLECTION.contains(&name.as_str()));
    }
}
