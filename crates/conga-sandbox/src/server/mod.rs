//! A request's way through the sandbox.

mod admin;
mod body;
mod connections;
mod cors;
mod faulty;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use connections::serve;

use crate::access::Gate;
use crate::accounts::Accounts;
use crate::faults::{Fault, Faults};
use crate::files::links;
use crate::identity::{self, Identity};
use crate::recorder::{Received, Recorder, redacted};
use crate::request::{Answer, AnswerBody, Call, Refusal};
use crate::salesforce::{self, Salesforce};
use crate::services::{Behaviour, World};
use crate::specification::{ErrorShape, Found, PathParams, RouteId, Specification, is_utf8};
use crate::storefront::{self, Endpoint, Storefronts};
use body::{Copy, Incoming};
use faulty::Plan;

/// Says whether an answer comes from real state or from the schema alone.
const SOURCE: header::HeaderName = header::HeaderName::from_static("x-conga-sandbox");

/// All that requests share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) specification: &'static Specification,
    pub(crate) accounts: Accounts,
    pub(crate) identity: Identity,
    pub(crate) storefronts: Storefronts,
    pub(crate) salesforce: Salesforce,
    pub(crate) world: Arc<World>,
    pub(crate) recorder: Recorder,
    pub(crate) faults: Faults,
    /// The seed of schema-built answers.
    pub(crate) seed: u64,
    /// The longest body that is read, in bytes.
    pub(crate) body_limit: usize,
}

/// What a request is for.
enum Target {
    Admin(admin::Endpoint),
    Identity(identity::Endpoint),
    Salesforce,
    Storefront(Endpoint),
    /// The token of a link to a file.
    Link(String),
    Operation(RouteId, PathParams),
}

/// What of a request, beside its headers, must not be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    Nothing,
    /// A client's secret, a password, a token.
    Body,
    /// The same, and what a page carries in its address.
    BodyAndQuery,
    /// A token that is revoked, or that opens a file.
    LastSegment,
}

impl Secret {
    fn of(target: &Result<Target, Refusal>) -> Self {
        match target {
            Ok(Target::Identity(identity::Endpoint::Authorize) | Target::Salesforce) => Self::Body,
            Ok(Target::Identity(_)) => Self::BodyAndQuery,
            Ok(Target::Storefront(Endpoint::OneToken(_)) | Target::Link(_)) => Self::LastSegment,
            _ => Self::Nothing,
        }
    }
}

/// The service for all requests.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .fallback(receive)
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(app)
}

async fn receive(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let found = app.find(&parts);
    let target = app.target(&parts, &found);
    let copy = Copy::default();
    let limit = match &target {
        Ok(Target::Admin(_)) => admin::BODY_LIMIT,
        Ok(Target::Identity(_)) => identity::BODY_LIMIT,
        Ok(Target::Salesforce) => salesforce::BODY_LIMIT,
        Ok(Target::Storefront(_)) => storefront::BODY_LIMIT,
        _ => app.body_limit,
    };
    let secret = Secret::of(&target);
    let is_page = matches!(&target, Ok(Target::Identity(endpoint)) if endpoint.is_page());
    let is_shared = !is_page && !matches!(&target, Ok(Target::Admin(_)));
    let incoming = Incoming::new(&parts.headers, body, limit, copy.clone());
    let (plan, target) = match target.and_then(|target| Ok((app.plan(&parts, &target)?, target))) {
        Ok((plan, target)) => (plan, Ok(target)),
        Err(refusal) => (Plan::default(), Err(refusal)),
    };
    let shape = app.specification.error_shape(&found, parts.uri.path());
    let response = match plan.before(shape).await {
        Some(response) => {
            incoming.drain().await;
            response
        }
        None => {
            let answer = match target {
                Ok(target) => app.answer(&parts, target, incoming, &plan).await,
                Err(refusal) => {
                    incoming.drain().await;
                    Err(refusal)
                }
            };
            let mut answer = answer.unwrap_or_else(|refusal| shape.answer(refusal));
            if is_shared {
                cors::share(&app.world.directory, &parts, &mut answer);
            }
            plan.after(shape, answer.into_response()).await
        }
    };
    app.record(
        parts,
        &found,
        copy,
        secret,
        response.status(),
        plan.faults(),
    );
    response
}

impl App {
    /// The operation at the request's method and path. `HEAD` is `GET` without the body.
    fn find(&self, parts: &Parts) -> Found {
        let path = parts.uri.path();
        match self.specification.find(parts.method.as_str(), path) {
            Found::OtherMethods(methods)
                if parts.method == Method::HEAD && methods.contains(&"GET") =>
            {
                self.specification.find("GET", path)
            }
            found => found,
        }
    }

    /// What the request is for, or why it is for nothing.
    fn target(&self, parts: &Parts, found: &Found) -> Result<Target, Refusal> {
        let path = parts.uri.path();
        if let Some(endpoint) = admin::Endpoint::at(path) {
            allowed(&parts.method, endpoint.methods())?;
            return Ok(Target::Admin(endpoint));
        }
        if let Some(endpoint) = path.strip_prefix(identity::PREFIX)
            && let Some(endpoint) = identity::Endpoint::at(endpoint)
        {
            allowed(&parts.method, endpoint.methods())?;
            return Ok(Target::Identity(endpoint));
        }
        if path == salesforce::TOKEN {
            allowed(&parts.method, &["POST"])?;
            return Ok(Target::Salesforce);
        }
        if let Some(endpoint) = self.storefronts.endpoint(path) {
            allowed(&parts.method, endpoint.methods())?;
            return Ok(Target::Storefront(endpoint));
        }
        if let Some(token) = path.strip_prefix(links::PREFIX) {
            allowed(&parts.method, &["GET"])?;
            return Ok(Target::Link(token.to_owned()));
        }
        match found {
            Found::Operation(id, params) => Ok(Target::Operation(*id, params.clone())),
            Found::OtherMethods(methods) => Err(other_methods(&parts.method, methods)),
            Found::Nothing => Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "no operation has this path; paths are case-sensitive",
            )),
        }
    }

    /// The faults of a request. One that comes too fast is refused.
    fn plan(&self, parts: &Parts, target: &Target) -> Result<Plan, Refusal> {
        let operation = match target {
            Target::Admin(_) => return Ok(Plan::default()),
            Target::Identity(endpoint) => format!("identity.{}", endpoint.name()),
            Target::Salesforce => "salesforce.token".to_owned(),
            Target::Storefront(endpoint) => format!("storefront.{}", endpoint.name()),
            Target::Link(_) => "files.link".to_owned(),
            Target::Operation(id, _) => {
                if self.faults.is_too_fast() {
                    let refusal = Refusal::new(
                        StatusCode::TOO_MANY_REQUESTS,
                        "more requests a second than the limit allows; wait a second",
                    );
                    return Err(refusal.with_header(header::RETRY_AFTER, HeaderValue::from(1)));
                }
                let (service, route) = self.specification.route(*id);
                format!("{}.{}", service.id, route.operation)
            }
        };
        Plan::of(&self.faults, &parts.headers, &operation)
    }

    async fn answer(
        self: &Arc<Self>,
        parts: &Parts,
        target: Target,
        incoming: Incoming,
        plan: &Plan,
    ) -> Result<Answer, Refusal> {
        match target {
            Target::Admin(endpoint) => {
                let body = incoming.read().await?;
                let (app, method, headers) =
                    (self.clone(), parts.method.clone(), parts.headers.clone());
                blocking(move || endpoint.answer(&app, &method, &headers, &body)).await?
            }
            Target::Identity(endpoint) => {
                let answer = match incoming.read().await {
                    Ok(body) => {
                        let request = identity::Request {
                            method: &parts.method,
                            query: parts.uri.query().unwrap_or_default(),
                            headers: &parts.headers,
                            body: &body,
                        };
                        self.identity.handle(endpoint, request).await
                    }
                    Err(refusal) => identity::unreadable(&refusal),
                };
                Ok(from("behaviour", answer))
            }
            Target::Salesforce => {
                let answer = match incoming.read().await {
                    Ok(body) => self
                        .salesforce
                        .handle(&parts.headers, &body, &self.storefronts),
                    Err(refusal) => identity::unreadable(&refusal),
                };
                Ok(from("behaviour", answer))
            }
            Target::Storefront(endpoint) => {
                let body = incoming.read().await?;
                let answer = self.storefronts.handle(&endpoint, &parts.headers, &body)?;
                Ok(from("behaviour", answer))
            }
            Target::Link(token) => {
                let headers = parts.headers.clone();
                let world = self.world.clone();
                let answer = blocking(move || world.follow_link(&token, &headers)).await??;
                Ok(from("behaviour", answer))
            }
            Target::Operation(id, params) => {
                self.operation(parts, id, params, incoming, plan).await
            }
        }
    }

    /// Carries out an operation of the specification.
    async fn operation(
        self: &Arc<Self>,
        parts: &Parts,
        id: RouteId,
        params: PathParams,
        incoming: Incoming,
        plan: &Plan,
    ) -> Result<Answer, Refusal> {
        let operation = self.specification.operation(id);
        let gate = Gate {
            accounts: &self.accounts,
            directory: &self.world.directory,
            identity: &self.identity,
            storefronts: &self.storefronts,
        };
        let admitted = gate
            .admit(operation, &parts.headers)
            .await
            .and_then(|caller| {
                let query = query(parts)?;
                let faults = operation.check_parameters(&params, &query, &parts.headers);
                Refusal::unless_empty(faults).map(|()| (caller, query))
            });
        let (caller, query) = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => {
                incoming.drain().await;
                return Err(refusal);
            }
        };
        let body = incoming.read_for(operation, &parts.headers).await?;
        let method = if parts.method == Method::HEAD {
            Method::GET
        } else {
            parts.method.clone()
        };
        let call = Arc::new(Call {
            method,
            path: parts.uri.path().to_owned(),
            service: operation.service,
            operation: operation.id,
            template: operation.template,
            path_params: params,
            query,
            headers: parts.headers.clone(),
            body,
            caller,
        });
        let document = self.specification.document(id);
        let shape = ErrorShape::Documented(operation, document);
        let stale = plan.stale();
        if plan.is_twice() {
            self.behaviour(&call, shape, stale).await?;
        }
        if let Some(answer) = self.behaviour(&call, shape, stale).await? {
            let answer = operation.fit(answer);
            if let AnswerBody::Json(body) = &answer.body
                && cfg!(debug_assertions)
            {
                for fault in operation.check_answer(body) {
                    tracing::warn!(operation = operation.id, fault, "not as documented");
                }
            }
            return Ok(from("behaviour", answer));
        }
        let answer = operation.answer(document, self.seed, &call.path, &call.path_params);
        Ok(from("schema", answer))
    }

    /// The answer of a service with behaviour. A request that carries the answer's own header as
    /// `x-conga-sandbox: schema` asks for a schema-built one instead.
    async fn behaviour(
        self: &Arc<Self>,
        call: &Arc<Call>,
        shape: ErrorShape<'static>,
        stale: Option<Duration>,
    ) -> Result<Option<Answer>, Refusal> {
        if call
            .headers
            .get("x-conga-sandbox")
            .is_some_and(|wanted| wanted == "schema")
        {
            return Ok(None);
        }
        if Behaviour::of(call.service, call.operation).is_none() {
            return Ok(None);
        }
        let (world, call) = (self.world.clone(), call.clone());
        blocking(move || {
            let outcome = world.carry_out(&call, stale)?;
            Some(outcome.unwrap_or_else(|refusal| shape.answer(refusal)))
        })
        .await
    }

    fn record(
        &self,
        parts: Parts,
        found: &Found,
        copy: Copy,
        secret: Secret,
        status: StatusCode,
        faults: &[Fault],
    ) {
        let known = match found {
            Found::Operation(id, _) => Some(self.specification.route(*id)),
            _ => None,
        };
        let service = known.map(|(service, _)| service.id);
        let operation = known.map(|(_, route)| route.operation);
        tracing::info!(
            method = %parts.method,
            path = known.map_or("", |(_, route)| route.path),
            service,
            operation,
            status = status.as_u16(),
            "request"
        );
        let (body, body_cut) = match secret {
            Secret::Body | Secret::BodyAndQuery => Default::default(),
            _ => copy.take(),
        };
        let path = parts.uri.path();
        let path = match (secret, path.rsplit_once('/')) {
            (Secret::LastSegment, Some((parent, _))) => format!("{parent}/redacted"),
            _ => path.to_owned(),
        };
        self.recorder.record(Received {
            path,
            query: parts
                .uri
                .query()
                .filter(|_| secret != Secret::BodyAndQuery)
                .map(str::to_owned),
            headers: redacted(&parts.headers),
            method: parts.method,
            body,
            body_cut,
            service,
            operation,
            status,
            faults: faults.to_vec(),
        });
    }
}

/// Does what SQLite takes part in: it blocks, and the async threads must not.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "a service failed");
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the sandbox failed; this is its fault",
        )
    })
}

/// The query's pairs.
fn query(parts: &Parts) -> Result<Vec<(String, String)>, Refusal> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    if !is_utf8(query) {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "query: not UTF-8 once its escapes are decoded",
        ));
    }
    Ok(url::form_urlencoded::parse(query).into_owned().collect())
}

/// `Ok` if an endpoint with these methods takes this one.
fn allowed(method: &Method, methods: &[&str]) -> Result<(), Refusal> {
    let is_head = method == Method::HEAD && methods.contains(&"GET");
    if methods.contains(&method.as_str()) || is_head {
        Ok(())
    } else {
        Err(other_methods(method, methods))
    }
}

/// The answer to a known path with another method: what it takes for `OPTIONS`, else 405.
fn other_methods(method: &Method, methods: &[&str]) -> Refusal {
    let mut allow = methods.to_vec();
    if allow.contains(&"GET") && !allow.contains(&"HEAD") {
        allow.push("HEAD");
    }
    allow.push("OPTIONS");
    let allow = allow.join(", ");
    let refusal = if method == Method::OPTIONS {
        Refusal {
            status: StatusCode::NO_CONTENT,
            messages: Vec::new(),
            header: None,
        }
    } else {
        Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("the path takes {allow}, not {method}"),
        )
    };
    match HeaderValue::try_from(allow) {
        Ok(allow) => refusal.with_header(header::ALLOW, allow),
        Err(_) => refusal,
    }
}

/// Marks where an answer comes from.
fn from(source: &'static str, answer: Answer) -> Answer {
    answer.with_header(SOURCE, HeaderValue::from_static(source))
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request made the sandbox panic");
    Answer::failure(
        StatusCode::INTERNAL_SERVER_ERROR,
        ["the sandbox failed; this is its fault"],
    )
    .into_response()
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let (media, body) = match self.body {
            AnswerBody::Empty => (None, HttpBody::empty()),
            AnswerBody::Json(value) => (
                HeaderValue::from_str("application/json; charset=utf-8").ok(),
                HttpBody::from(value.to_string()),
            ),
            AnswerBody::Bytes(media, bytes) => {
                (HeaderValue::from_str(&media).ok(), HttpBody::from(bytes))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        if let Some(media) = media {
            response.headers_mut().insert(header::CONTENT_TYPE, media);
        }
        response.headers_mut().extend(self.headers);
        response
    }
}
