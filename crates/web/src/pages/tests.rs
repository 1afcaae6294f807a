//! Every page from its sample: well-formed, strict, small, accessible.

mod contrast;
mod html;
mod times;
