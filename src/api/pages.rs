//! The two pages that the server has before there is a dashboard. They load nothing from elsewhere.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

pub async fn home() -> Html<&'static str> {
    Html(include_str!("pages/home.html"))
}

pub async fn login() -> Html<&'static str> {
    Html(include_str!("pages/login.html"))
}

pub async fn login_script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("pages/login.js")).into_response()
}
