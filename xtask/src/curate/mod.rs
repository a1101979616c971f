//! From what is published to what is served and generated: the passes, in order, then the service's overlay, then the names.
//!
//! Each pass is a module of its own and stands for one thing that the wire or the generator does. A correction that only one
//! document needs is never a pass: it goes into `spec/overlays/`. Names come last, since an overlay may give one.

mod bases;
mod clashes;
mod enums;
mod envelopes;
mod headers;
mod inheritance;
mod leaks;
mod media;
mod multipart;
mod names;
mod operation_ids;
mod optional;
mod responses;

pub(crate) use clashes::RUST_NAME;
pub(crate) use headers::SUPPLIED_BY;
pub(crate) use multipart::MULTIPART;
pub(crate) use operation_ids::PUBLISHED_ID;
pub(crate) use responses::STATUS;

use crate::{
    document::Document,
    layout::Layout,
    overlay::Overlay,
    problem::{Problem, Problems},
    register::{Register, Service},
};

/// A pass over one document.
type Pass = fn(&mut Document) -> Result<(), Problems>;

/// The passes, by name, in the order in which they run.
pub(crate) const PASSES: [(&str, Pass); 11] = [
    ("bases", bases::apply),
    ("media", media::apply),
    ("inheritance", inheritance::apply),
    ("clashes", clashes::apply),
    ("leaks", leaks::apply),
    ("enums", enums::apply),
    ("optional", optional::apply),
    ("envelopes", envelopes::apply),
    ("responses", responses::apply),
    ("multipart", multipart::apply),
    ("headers", headers::apply),
];

/// Curates one document: every pass, the overlay, the names, then the checks.
pub(crate) fn curate(
    mut document: Document,
    overlay: Option<&(String, Overlay)>,
) -> Result<Document, Problems> {
    document.check()?;
    for (_, pass) in PASSES {
        pass(&mut document)?;
    }
    if let Some((file, overlay)) = overlay {
        overlay.apply(file, &mut document)?;
    }
    operation_ids::apply(&mut document)?;
    document.check()?;
    document.check_ids()?;
    document.check_parameters()?;
    Ok(document)
}

/// Curates every service of the register. Nothing is written where one of them has a problem.
pub(crate) fn curate_all(layout: &Layout, register: &Register) -> Result<Vec<Document>, Problems> {
    let mut curated = Vec::new();
    let mut problems = Vec::new();
    for service in &register.services {
        match curate_service(layout, service) {
            Ok(document) => curated.push(document),
            Err(Problems(found)) => problems.extend(found),
        }
    }
    Problems(problems).into_result().map(|()| curated)
}

fn curate_service(layout: &Layout, service: &Service) -> Result<Document, Problems> {
    let published = Document::load(layout, &service.id, &layout.published(&service.id))?;
    let overlay = Overlay::load(layout, &service.id)?;
    let mut document = curate(published, overlay.as_ref())?;
    document.file = layout.display(&layout.curated(&service.id));
    Ok(document)
}

/// `spec curate`: writes `spec/curated/`.
pub(crate) fn run(layout: &Layout) -> Result<(), Problems> {
    let register = Register::load(layout)?;
    let curated = curate_all(layout, &register)?;
    for document in &curated {
        let path = layout.curated(&document.service);
        crate::files::write(&path, document.to_yaml()?.as_bytes()).map_err(|e| {
            Problem::new(
                &document.file,
                "",
                format!("cannot be written: {e}"),
                "check the folder's permissions",
            )
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
