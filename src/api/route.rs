//! What one line of the route table is: where, for whom, by which handler, and what the API's document says about it.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::guard::{Guard, admit};

pub const JSON: &str = "application/json";
pub const LINES: &str = "application/x-ndjson";
const TEXT: &str = "text/plain";

pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub guard: Guard,
    pub doc: Doc,
    handler: MethodRouter<Arc<App>>,
}

/// A schema under its name, with those that it names.
pub struct Named {
    pub name: String,
    pub all: Vec<(String, RefOr<Schema>)>,
}

pub struct Doc {
    pub summary: &'static str,
    pub parameters: Vec<Parameter>,
    pub body: Option<Named>,
    pub status: u16,
    /// Content type and schema of a good answer.
    pub answer: Option<(&'static str, Option<Named>)>,
}

pub fn route<H, T>(method: Method, path: &'static str, guard: Guard, handler: H, summary: &'static str) -> Route
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    let filter = match method {
        Method::POST => MethodFilter::POST,
        Method::PATCH => MethodFilter::PATCH,
        Method::PUT => MethodFilter::PUT,
        Method::DELETE => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    };
    let parameters = if path.contains("{id}") {
        vec![in_path("id", number())]
    } else if path.contains("{instrument}") {
        vec![in_path("instrument", ObjectBuilder::new().schema_type(Type::String))]
    } else {
        Vec::new()
    };
    let doc = Doc { summary, parameters, body: None, status: 200, answer: None };
    Route { method, path, guard, doc, handler: on(filter, handler) }
}

impl Route {
    pub fn params<P: IntoParams>(mut self) -> Route {
        self.doc.parameters.extend(P::into_params(|| Some(ParameterIn::Query)));
        self
    }

    pub fn takes<T: ToSchema>(mut self) -> Route {
        self.doc.body = Some(Named::of::<T>());
        self
    }

    pub fn answers<T: ToSchema>(self) -> Route {
        self.says(200, JSON, Some(Named::of::<T>()))
    }

    pub fn makes<T: ToSchema>(self) -> Route {
        self.says(201, JSON, Some(Named::of::<T>()))
    }

    /// One JSON object a line.
    pub fn tells<T: ToSchema>(self) -> Route {
        self.says(200, LINES, Some(Named::of::<T>()))
    }

    pub fn text(self) -> Route {
        self.says(200, TEXT, None)
    }

    pub fn page(self, content_type: &'static str) -> Route {
        self.says(200, content_type, None)
    }

    pub fn empty(mut self) -> Route {
        self.doc.status = 204;
        self
    }

    /// Any JSON object.
    pub fn json(self) -> Route {
        self.says(200, JSON, None)
    }

    fn says(mut self, status: u16, content_type: &'static str, schema: Option<Named>) -> Route {
        self.doc.status = status;
        self.doc.answer = Some((content_type, schema));
        self
    }

    /// The only way into a router, so no handler is reached past its guard.
    pub fn add_to(self, router: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
        let guarded = self.handler.layer(from_fn_with_state((Arc::clone(app), self.guard), admit));
        router.route(self.path, guarded)
    }
}

impl Named {
    fn of<T: ToSchema>() -> Named {
        let name = T::name().into_owned();
        let mut all = vec![(name.clone(), T::schema())];
        T::schemas(&mut all);
        Named { name, all }
    }
}

fn number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
}

fn in_path(name: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
        .build()
}
