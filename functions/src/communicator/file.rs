//! A rendered template as a file to download.

use domain::{Error, error::Conflict, template::Descriptor, vocabulary::{Enumerated, MediaType}};
use lambda_http::{
    Body, Response,
    http::{HeaderValue, header},
};
use platform::{app::App, authoring, http::Request, pipeline::compose};
use rendering::pdf;

use super::Page;
use crate::openapi::Operation;
