//! What a request may be sent to, looked at before anything runs: what is no address never answers,
//! however long one waits.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// One address or more.
pub(crate) fn some<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let urls: Vec<String> = Vec::deserialize(from)?;
    if urls.is_empty() {
        return Err(D::Error::custom("`urls` must name an address"));
    }
    let told = urls.iter().try_for_each(|url| check(url));
    told.map(|()| urls).map_err(D::Error::custom)
}

/// One address.
pub(crate) fn one<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let url = String::deserialize(from)?;
    check(&url).map_err(D::Error::custom)?;
    Ok(url)
}

/// A method and a path.
pub(crate) fn call<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    parts(&text).map_err(D::Error::custom)?;
    Ok(text)
}

/// A call's method and path.
pub(crate) fn parts(call: &str) -> Result<(&str, &str), String> {
    let wrong =
        || format!("`{call}` is no call; write the method and the path, such as `GET /health`");
    let (method, path) = call.trim().split_once(' ').ok_or_else(wrong)?;
    let path = path.trim_start();
    if !path.starts_with(['/', '{', '$']) {
        return Err(wrong());
    }
    if !METHODS.contains(&method) && !is_open(method) {
        let methods = METHODS.join(", ");
        return Err(format!(
            "`{call}` is no call: its method is not one of {methods}, in capitals"
        ));
    }
    writable(path)?;
    Ok((method, path))
}

/// Whether its parts are known only once other steps are done.
fn is_open(text: &str) -> bool {
    text.contains("${")
}

fn check(url: &str) -> Result<(), String> {
    if is_open(url) {
        return Ok(());
    }
    writable(url)?;
    let wrong = |why: &str| Err(format!("`{url}` is no address: {why}"));
    let Some(rest) = url.strip_prefix("http://") else {
        return wrong("write one that begins with `http://`");
    };
    let server = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let server = server.rsplit('@').next().unwrap_or_default();
    // The colons of an IPv6 address are within brackets.
    let name = server.rfind(']').map_or(server, |end| &server[end + 1..]);
    match name.split_once(':') {
        _ if server.is_empty() || server.starts_with(':') => wrong("it names no host"),
        Some((_, port)) if port.parse::<u16>().is_err() => {
            wrong("after `:` comes a port, from 1 to 65535")
        }
        _ => Ok(()),
    }
}

/// Nothing in an address is written that has to be encoded there for certain.
fn writable(text: &str) -> Result<(), String> {
    match text
        .chars()
        .find(|c| c.is_ascii_whitespace() || c.is_ascii_control())
    {
        Some(c) => Err(format!(
            "`{text}` is no address: write `%{:02X}` for {c:?}",
            u32::from(c)
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_host_and_perhaps_a_port() {
        for good in [
            "http://localhost",
            "http://127.0.0.1:3000/health?a=b#c",
            "http://[::1]:80/",
            "http://[::1]",
            "http://user:pw@host:80/a:b",
            "http://host?a:b",
            "http://host/é",
            "${web.url}/x",
            "http://${host}:${port}/",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, said) in [
            ("https://host/", "begins with `http://`"),
            ("host:80/", "begins with `http://`"),
            ("HTTP//host", "begins with `http://`"),
            ("http://", "names no host"),
            ("http:///path", "names no host"),
            ("http://:80/", "names no host"),
            ("http://host:99999/", "from 1 to 65535"),
            ("http://host:http/", "from 1 to 65535"),
            ("http://[::1]:99999/", "from 1 to 65535"),
            ("http://host/a b", "write `%20` for ' '"),
            ("http://host/a\r\nX: y", "write `%0D` for '\\r'"),
        ] {
            assert!(check(bad).is_err_and(|text| text.contains(said)), "{bad}");
        }
    }

    #[test]
    fn a_call_is_a_method_and_a_path() {
        for (good, parted) in [
            ("GET /", ("GET", "/")),
            (" DELETE   /a/{id}?b=c ", ("DELETE", "/a/{id}?b=c")),
            ("POST {next}", ("POST", "{next}")),
            ("PUT ${app.path}", ("PUT", "${app.path}")),
        ] {
            assert_eq!(parts(good), Ok(parted), "{good}");
        }
        for bad in [
            "GET",
            "/health",
            "get /",
            "FETCH /",
            "GET health",
            "GET http://host/",
            "GET /a b",
            "",
            " ",
        ] {
            assert!(parts(bad).is_err(), "{bad}");
        }
        for bad in ["get /x", "PROPFIND /x"] {
            let said = "its method is not one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, in capitals";
            assert!(parts(bad).is_err_and(|text| text.ends_with(said)), "{bad}");
        }
    }
}
