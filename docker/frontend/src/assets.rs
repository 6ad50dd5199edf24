//! The built page, embedded in the binary. Every file is compressed once, at start, and answered
//! with an ETag; a path that is no file is a place inside the application and gets the page itself.

use std::{collections::HashMap, io::Write, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "dist/"]
struct Dist;

const PAGE: &str = "index.html";
/// Where the page finds its run-time configuration; a `meta` element needs no inline script.
const API_BASE_SLOT: &str = r#"<meta name="api-base" content="">"#;
const FOREVER: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "no-cache";

struct Asset {
    content_type: String,
    cache_control: &'static str,
    digest: String,
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

/// All files of the page, by path.
pub struct Assets(HashMap<String, Asset>);

impl Assets {
    /// Loads the embedded files and writes `api_base` into the page.
    pub fn load(api_base: &str) -> Self {
        let slot = format!(r#"<meta name="api-base" content="{api_base}">"#);
        let files = Dist::iter().filter_map(|path| Some((path.to_string(), Dist::get(&path)?)));
        let assets = files.map(|(path, file)| {
            let content = match path.as_str() {
                PAGE => String::from_utf8_lossy(&file.data)
                    .replace(API_BASE_SLOT, &slot)
                    .into_bytes(),
                _ => file.data.into_owned(),
            };
            let asset = Asset::new(&path, content, &file.metadata.sha256_hash(), api_base);
            (path, asset)
        });
        Self(assets.collect())
    }

    fn find(&self, path: &str) -> Option<&Asset> {
        let path = path.trim_start_matches('/');
        self.0
            .get(path)
            .or_else(|| is_place(path).then(|| self.0.get(PAGE)).flatten())
    }
}

/// A file that does not exist must not be answered with the page: the browser would run it as a
/// script.
fn is_place(path: &str) -> bool {
    !path.rsplit('/').next().unwrap_or_default().contains('.') && !path.starts_with("assets/")
}

impl Asset {
    fn new(path: &str, content: Vec<u8>, sha256: &[u8; 32], api_base: &str) -> Self {
        let mime = mime_guess::from_path(path).first_or_octet_stream();
        let text = mime.type_() == "text" || mime.subtype() == "json" || mime.suffix().is_some();
        let charset = if text && mime.suffix().is_none() {
            "; charset=utf-8"
        } else {
            ""
        };
        Self {
            content_type: format!("{mime}{charset}"),
            cache_control: if path.starts_with("assets/") {
                FOREVER
            } else {
                REVALIDATE
            },
            digest: digest(path, sha256, api_base),
            gzip: text.then(|| gzip(&content)),
            brotli: text.then(|| brotli(&content)),
            plain: content.into(),
        }
    }

    /// The smallest form that the browser takes, with the name of its encoding.
    fn negotiate(&self, headers: &HeaderMap) -> (Option<&'static str>, &Bytes) {
        match (&self.brotli, &self.gzip) {
            (Some(body), _) if accepts(headers, "br") => (Some("br"), body),
            (_, Some(body)) if accepts(headers, "gzip") => (Some("gzip"), body),
            _ => (None, &self.plain),
        }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let (encoding, body) = self.negotiate(headers);
        let etag = format!("\"{}-{}\"", self.digest, encoding.unwrap_or("plain"));
        let unchanged = names_etag(headers, &etag);
        let mut response = match unchanged {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => (
                [(header::CONTENT_TYPE, &self.content_type)],
                Body::from(body.clone()),
            )
                .into_response(),
        };
        let mut set = |name, value: &str| {
            response
                .headers_mut()
                .insert(name, value.parse().expect("visible ASCII"))
        };
        set(header::ETAG, &etag);
        set(header::CACHE_CONTROL, self.cache_control);
        set(header::VARY, "accept-encoding");
        if let (Some(encoding), false) = (encoding, unchanged) {
            set(header::CONTENT_ENCODING, encoding);
        }
        response
    }
}

/// The page differs with its configuration, so its ETag does too.
fn digest(path: &str, sha256: &[u8; 32], api_base: &str) -> String {
    let hex: String = sha256[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match path {
        PAGE => {
            hex + &api_base
                .bytes()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        }
        _ => hex,
    }
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let list = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    list.split(',').any(|item| {
        let (name, quality) = item.split_once(';').unwrap_or((item, "q=1"));
        name.trim().eq_ignore_ascii_case(encoding)
            && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn names_etag(headers: &HeaderMap, etag: &str) -> bool {
    let list = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    list.split(',')
        .map(|item| item.trim().trim_start_matches("W/"))
        .any(|item| item == etag || item == "*")
}

fn gzip(content: &[u8]) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder
        .write_all(content)
        .expect("writing to memory does not fail");
    encoder
        .finish()
        .expect("writing to memory does not fail")
        .into()
}

fn brotli(content: &[u8]) -> Bytes {
    const QUALITY: u32 = 9;
    const WINDOW: u32 = 22;
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 4096, QUALITY, WINDOW);
    writer
        .write_all(content)
        .expect("writing to memory does not fail");
    drop(writer);
    compressed.into()
}

/// Answers every path that is no route: a file, the page, or 404.
pub async fn answer(State(assets): State<Arc<Assets>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, HEAD")],
        )
            .into_response();
    }
    match assets.find(request.uri().path()) {
        Some(asset) => asset.answer(request.headers()),
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}
