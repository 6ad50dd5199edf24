//! One blocking GET over plain HTTP, for health checks in images that hold no other tool.
//! Knows no TLS, no redirects and nothing of the body.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::env::Env;

/// How long an answer may take, connecting included.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks this service's own `/livez`; the subcommand `healthcheck` of every service.
pub fn healthcheck(env: &Env<'_>, default_port: u16) -> Result<(), String> {
    let (_, port) = env
        .address(default_port)
        .map_err(|error| error.to_string())?;
    probe(&format!("http://127.0.0.1:{port}/livez"))
}

/// Succeeds if `url` answers 2xx within 5 seconds, else says why not.
pub fn probe(url: &str) -> Result<(), String> {
    let (host, path) = parts(url)?;
    let status = get(&host, &path)
        .map_err(|why| format!("{url} did not answer within {TIMEOUT:?}: {why}."))?;
    match status {
        200..=299 => Ok(()),
        _ => Err(format!(
            "{url} answered {status}, expected 2xx: look at that service's log."
        )),
    }
}

/// `http://host:port/path` as `host:port` and `/path`.
fn parts(url: &str) -> Result<(String, String), String> {
    let rest = url.strip_prefix("http://").ok_or_else(|| {
        format!("`{url}` does not begin with http://, the only scheme a probe speaks.")
    })?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = if host.contains(':') {
        host.to_string()
    } else {
        format!("{host}:80")
    };
    Ok((
        host,
        if path.is_empty() {
            "/".to_string()
        } else {
            path.to_string()
        },
    ))
}

fn get(host: &str, path: &str) -> Result<u16, String> {
    let deadline = Instant::now() + TIMEOUT;
    let mut stream = connect(host)?;
    let left = deadline
        .saturating_duration_since(Instant::now())
        .max(Duration::from_millis(1));
    stream
        .set_read_timeout(Some(left))
        .map_err(|why| why.to_string())?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .map_err(|why| why.to_string())?;
    status(&mut stream)
}

/// Tries every address of the name, as a name in a cluster may have several.
fn connect(host: &str) -> Result<TcpStream, String> {
    let mut last = format!("the name `{host}` has no address");
    for address in host.to_socket_addrs().map_err(|why| why.to_string())? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => return Ok(stream),
            Err(why) => last = why.to_string(),
        }
    }
    Err(last)
}

/// Reads as far as the status of `HTTP/1.1 200 …`.
fn status(stream: &mut impl Read) -> Result<u16, String> {
    let mut line = [0; 12];
    stream
        .read_exact(&mut line)
        .map_err(|why| why.to_string())?;
    let line = String::from_utf8_lossy(&line);
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..));
    status
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| format!("`{line}` is not the beginning of an HTTP answer"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn answering(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/livez", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        url
    }

    #[test]
    fn only_2xx_is_good() {
        assert_eq!(probe(&answering("HTTP/1.1 204 No Content\r\n\r\n")), Ok(()));
        let error = probe(&answering("HTTP/1.1 503 Service Unavailable\r\n\r\n")).unwrap_err();
        assert!(
            error.ends_with("answered 503, expected 2xx: look at that service's log."),
            "{error}"
        );
        let error = probe(&answering("SSH-2.0-OpenSSH_9.2")).unwrap_err();
        assert!(
            error.contains("is not the beginning of an HTTP answer"),
            "{error}"
        );
    }

    #[test]
    fn a_url_is_taken_apart() {
        assert_eq!(
            parts("http://backend").unwrap(),
            ("backend:80".into(), "/".into())
        );
        assert_eq!(
            parts("http://b:8000/health?x").unwrap(),
            ("b:8000".into(), "/health?x".into())
        );
        assert!(parts("https://b").unwrap_err().contains("http://"));
    }
}
