//! Packages to sign, of what a merge made.

use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::merging;
use crate::failure::Failure;
use crate::files::links;
use crate::records::store::Record;
use crate::request::{Answer, Call};
use crate::services::World;
use crate::services::reply::params;

/// `POST /v1/Email/Delivery/Sign/{correlationId}`: the package's address. The merge's information tells of the package.
pub(super) fn create(world: &World, call: &Call) -> Result<Answer, Failure> {
    make(world, call, true)
}

/// `POST /v1/Email/Mock/Delivery/Sign/{correlationId}`: the same, and nothing is noted.
pub(super) fn mock(world: &World, call: &Call) -> Result<Answer, Failure> {
    make(world, call, false)
}

fn make(world: &World, call: &Call, is_noted: bool) -> Result<Answer, Failure> {
    let provider = params::text(call, "signProvider").ok_or_else(|| {
        Failure::invalid("signProvider is required: the service that the package is for")
    })?;
    let link = world.write(call, |session| {
        let merge = merging::finished(session, call)?;
        let files = merging::made_files(session.tx, &merge.record)?;
        let file = files.first().ok_or_else(|| {
            Failure::invalid("the merge made no file that could be signed; see its status")
        })?;
        let link = links::make(session.tx, call, &file.id, session.now + merging::LIFE)?;
        if is_noted {
            let transaction = json!({
                "packageId": Uuid::new_v4(), "tagUrl": link, "esignTransactionId": Uuid::new_v4(), "status": true,
            });
            let row = Record::from_iter([
                ("SignProvider".to_owned(), provider.into()),
                ("SignTransaction".to_owned(), transaction),
            ]);
            let object = merging::object();
            session.records(&object).change(merge, &row)?;
        }
        Ok::<_, Failure>(link)
    })?;
    Ok(Answer::json(StatusCode::OK, link.into()))
}
