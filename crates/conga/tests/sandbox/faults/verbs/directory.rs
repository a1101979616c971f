//! Users, and what programs sign in by.

use conga::{
    ApiConnection, ApiConnectionType::ApiToApi, Criteria, Record, integration_users::Role,
};
use futures_util::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};

use super::{At, Verb, done, is_it, nothing, read, read_one};

pub(super) const VERBS: &[Verb] = &[
    Verb::new(
        "users create",
        "user-management/create_user",
        nothing,
        |at| done(at.client.users().create(&new_user(&at))),
    )
    .seen(users)
    .stands_for(&["integration users create"]),
    Verb::new("users get", "user-management/get_user", user, |at| {
        read(&at, at.client.users().get(at.id()), is_it)
    })
    .stands_for(&["users get who signed in", "integration users client id"]),
    Verb::new(
        "users list, query",
        "user-management/list_users",
        user,
        |at| {
            let named = Criteria::eq("Email", mail(&at));
            let list = at.client.users().list().criteria(named);
            read_one(&at, list.stream().try_collect(), is_it)
        },
    ),
    Verb::new("users update", "user-management/update_user", user, |at| {
        done(
            at.client
                .users()
                .update(at.id(), &json!({"Alias": "annie"})),
        )
    })
    .seen(|at| user_is(at, "Alias", json!("annie"))),
    Verb::new(
        "users deactivate",
        "user-management/deactivate_user",
        user,
        |at| done(at.client.users().deactivate(at.id())),
    )
    .seen(|at| user_is(at, "IsActive", json!(false))),
    Verb::new(
        "users restore",
        "user-management/restore_user",
        |at| {
            async move {
                let ids = user(at.clone()).await;
                at.client.users().deactivate(&ids[0]).await.unwrap();
                ids
            }
            .boxed()
        },
        |at| done(at.client.users().restore(at.id())),
    )
    .seen(|at| user_is(at, "IsActive", json!(true))),
    Verb::new(
        "integration users new secret",
        "user-management/regenerate_user_secret",
        |at| {
            async move {
                let users = at.client.integration_users();
                let role = Role::named("Integration");
                let id = users
                    .create("Nightly", "Sync", mail(&at), role)
                    .await
                    .unwrap();
                let made: Record = at.client.users().get(&id).await.unwrap();
                vec![id, made["ETag"].as_str().unwrap().to_owned()]
            }
            .boxed()
        },
        |at| done(at.client.integration_users().generate_secret(at.id())),
    )
    .seen(|at| {
        async move {
            let user = at.client.users().get(at.id()).await.unwrap();
            usize::from(user["ETag"] != at.other_id())
        }
        .boxed()
    }),
    Verb::new(
        "API connections create",
        "user-management/create_api_connection",
        nothing,
        |at| {
            let connections = at.client.api_connections();
            done(
                connections
                    .create_api_to_api(&at.word())
                    .client_name(&at.name),
            )
        },
    )
    .seen(|at| {
        async move {
            let connections = at.client.api_connections().list().stream();
            let connections = connections.try_collect().await.unwrap();
            let named = connections
                .iter()
                .filter(|connection| connection.client_name.as_deref() == Some(&at.name));
            named.count()
        }
        .boxed()
    }),
    Verb::new(
        "API connections get",
        "user-management/get_api_connection",
        connection,
        |at| {
            let connections = at.client.api_connections();
            read(&at, connections.get(at.id(), ApiToApi), goes_by)
        },
    ),
    Verb::new(
        "API connections list",
        "user-management/list_api_connections",
        connection,
        |at| {
            let list = at.client.api_connections().list().page_size(100);
            read(&at, list.stream().try_collect(), |at, all| {
                all.iter().filter(|one| goes_by(at, one)).count() == 1
            })
        },
    ),
    Verb::new(
        "an API connection's change",
        "user-management/update_api_connection",
        connection,
        |at| {
            let connections = at.client.api_connections();
            done(connections.edit(at.id(), ApiToApi).description("nightly"))
        },
    )
    .seen(|at| {
        async move {
            let connections = at.client.api_connections();
            let connection = connections.get(at.id(), ApiToApi).await.unwrap();
            usize::from(connection.description.as_deref() == Some("nightly"))
        }
        .boxed()
    }),
    Verb::new(
        "an API connection's new secret",
        "user-management/update_api_connection",
        connection,
        |at| {
            done(async move {
                let connections = at.client.api_connections();
                connections.regenerate_secret(at.id(), ApiToApi).await
            })
        },
    )
    .seen(|at| async move { usize::from(mark(&at, at.id()).await != at.other_id()) }.boxed()),
    Verb::new(
        "API connections deactivate",
        "user-management/update_api_connection_status",
        connection,
        |at| done(at.client.api_connections().deactivate(at.id(), ApiToApi)),
    )
    .seen(|at| {
        async move {
            let connections = at.client.api_connections();
            let connection = connections.get(at.id(), ApiToApi).await.unwrap();
            usize::from(connection.is_active == Some(false))
        }
        .boxed()
    })
    .stands_for(&["API connections activate"]),
];

/// An address that nobody else has.
fn mail(at: &At) -> String {
    format!("{}@example.com", at.word())
}

fn new_user(at: &At) -> Value {
    json!({"FirstName": "Ann", "LastName": "Lee", "Email": mail(at)})
}

fn user(at: At) -> BoxFuture<'static, Vec<String>> {
    async move { vec![at.client.users().create(&new_user(&at)).await.unwrap()] }.boxed()
}

/// How many users have the address.
fn users(at: At) -> BoxFuture<'static, usize> {
    async move {
        let named = Criteria::eq("Email", mail(&at));
        let users = at.client.users().list().criteria(named).stream();
        users.try_collect().await.unwrap().len()
    }
    .boxed()
}

fn user_is(at: At, field: &'static str, value: Value) -> BoxFuture<'static, usize> {
    async move {
        let user: Record = at.client.users().get(at.id()).await.unwrap();
        usize::from(user.get(field) == Some(&value))
    }
    .boxed()
}

/// A connection: the identifier by which it goes, and what marks its state.
fn connection(at: At) -> BoxFuture<'static, Vec<String>> {
    async move {
        let connections = at.client.api_connections();
        connections.create_api_to_api(&at.word()).await.unwrap();
        vec![at.word(), mark(&at, &at.word()).await]
    }
    .boxed()
}

/// Whether this is the connection that was prepared.
fn goes_by(at: &At, connection: &ApiConnection) -> bool {
    connection.external_identifier.as_deref() == Some(at.id())
}

/// What every change of a connection changes, its secret's too.
async fn mark(at: &At, identifier: &str) -> String {
    let path = "/api/user-management/v1/api-connections/{externalIdentifier}";
    let call = at.client.raw().get(path);
    let call = call.path("externalIdentifier", identifier);
    let connection = call.send::<Value>().await.unwrap();
    connection["Data"]["ETag"].as_str().unwrap().to_owned()
}
